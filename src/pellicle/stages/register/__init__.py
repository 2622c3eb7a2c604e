# SPDX-License-Identifier: Apache-2.0
"""Step: where photographs and prints lie against the scan."""
