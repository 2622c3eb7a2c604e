# SPDX-License-Identifier: Apache-2.0
"""Pixel arithmetic: regions joined across tile edges, morphology. No files."""
