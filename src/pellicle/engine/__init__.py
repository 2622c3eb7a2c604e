# SPDX-License-Identifier: Apache-2.0
"""Runs stages on tiles and regions in workers, with identity, resume and progress."""
