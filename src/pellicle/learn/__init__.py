# SPDX-License-Identifier: Apache-2.0
"""Learning: synthetic damage with its truth, networks, their training and measuring."""
