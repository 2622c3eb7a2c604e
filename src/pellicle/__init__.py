# SPDX-License-Identifier: Apache-2.0
"""Pellicle: from the scan of a damaged painting to a printable, removable film."""
