# SPDX-License-Identifier: Apache-2.0
"""Condition map without networks: ridges, grounds, splits. The benchmark's baseline."""
