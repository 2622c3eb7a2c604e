# SPDX-License-Identifier: Apache-2.0
"""Scan to condition map, without networks: ridges, losses, classification."""
