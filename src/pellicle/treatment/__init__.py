# SPDX-License-Identifier: Apache-2.0
"""The treatment folder on disk."""
