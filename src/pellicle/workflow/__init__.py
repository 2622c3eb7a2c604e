# SPDX-License-Identifier: Apache-2.0
"""User actions, one module each. No argument parsing."""
