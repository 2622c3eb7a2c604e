# SPDX-License-Identifier: Apache-2.0
"""Synthetic damage: each kind as layers over the paint, and all of them together."""
