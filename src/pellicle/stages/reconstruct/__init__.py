# SPDX-License-Identifier: Apache-2.0
"""Condition map to reconstruction: diffusion for the small, patches for the large."""
