# SPDX-License-Identifier: Apache-2.0
"""Reconstruction to film mask: white and ink for every pixel to be printed."""
