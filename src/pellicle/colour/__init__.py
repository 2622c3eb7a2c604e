# SPDX-License-Identifier: Apache-2.0
"""Colour mathematics on arrays: conversion, difference, film over paint. No files."""
