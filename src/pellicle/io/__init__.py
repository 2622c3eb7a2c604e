# SPDX-License-Identifier: Apache-2.0
"""Outside formats, one module each; nothing above this package knows one."""
