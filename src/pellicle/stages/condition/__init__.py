# SPDX-License-Identifier: Apache-2.0
"""Scan to condition map: what the networks see, and what is mapped of it."""
