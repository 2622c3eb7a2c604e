# SPDX-License-Identifier: Apache-2.0
"""Reference images: what another picture of the same work shows in the losses."""
