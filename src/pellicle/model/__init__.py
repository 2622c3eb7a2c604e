# SPDX-License-Identifier: Apache-2.0
"""Values: what a scan, a condition map or a film mask is. No I/O."""
