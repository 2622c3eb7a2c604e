# SPDX-License-Identifier: Apache-2.0
"""Film mask to predicted appearance, and how far it is from the target."""
