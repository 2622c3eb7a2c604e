# SPDX-License-Identifier: Apache-2.0
"""The steps from scan to proof. Each is a package; none imports another."""
