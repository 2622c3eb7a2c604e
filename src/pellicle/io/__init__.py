# SPDX-License-Identifier: Apache-2.0
"""Outside formats, one module each. Nothing above this package reads or writes a format."""
