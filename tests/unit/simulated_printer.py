# SPDX-License-Identifier: Apache-2.0
"""A printer, its film and an instrument, simulated by other equations than Pellicle's.

Spectral (36 bands); halftones after Clapper and Yule (1953) with dot gain of its own
kind, inks of three absorption bands each; white a halftone of spectral Kubelka-Munk
layers; film that is a little yellow; an instrument that wavers.
"""

from dataclasses import dataclass

import numpy as np

NM = np.arange(380, 731, 10).astype(float)
K1, K2 = 0.04, 0.60


def band(centre: float, width: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((NM - centre) / width) ** 2)


DENSITY = np.stack(
    [
        band(630, 62, 1.45) + band(560, 60, 0.25) + band(430, 50, 0.10) + 0.02,
        band(545, 38, 1.35) + band(430, 60, 0.35) + band(500, 40, 0.45) + 0.01,
        band(435, 40, 1.30) + band(395, 40, 0.60) + band(480, 25, 0.35) + 0.005,
        np.full(len(NM), 1.45) + 0.1 * (NM - 550) / 350,
    ]
)
"""(4, 36) optical density of one passage of solid ink, absorbed."""

GAIN = np.array([0.13, 0.15, 0.11, 0.17])
SKEW = np.array([0.75, 0.85, 0.9, 0.7])
FILM_GAIN = 0.55
"""On bare film the dots spread this much of what they spread on white."""


@dataclass(frozen=True)
class Printer:
    scattering: float = 1.5
    passes: int = 2
    white_exponent: float = 0.8
    gain: float = 1.0
    seed: int = 1

    def coverages(self, inks: np.ndarray, white: np.ndarray) -> np.ndarray:
        """Physical dot areas: a power law and a parabola, unlike the fit's curve."""
        covered = white[:, None] ** self.white_exponent
        spread = (FILM_GAIN + (1 - FILM_GAIN) * covered) * self.gain
        powered = inks ** (1 - (1 - SKEW) * 0.3 * spread)
        return np.clip(powered + spread * GAIN * 4 * inks * (1 - inks) * 0.6, 0, 1)

    def white_spectra(self, backing: np.ndarray, white: np.ndarray) -> np.ndarray:
        """Internal reflectance of the white, spectral Kubelka-Munk with coth."""
        scatter = self.scattering * self.passes * (NM / 550) ** -0.6
        ratio = 0.0008 + band(380, 16, 0.25)
        a = 1 + ratio
        b = np.sqrt(a * a - 1)
        coth = 1 / np.tanh(b * scatter)
        full = (1 - backing * (a - b * coth)) / (a - backing + b * coth)
        cover = white[:, None] ** self.white_exponent
        return (1 - cover) * backing + cover * full

    def film(self) -> np.ndarray:
        """Transmittance of both passes."""
        return 0.975 - band(380, 40, 0.06)

    def spectra(
        self, inks: np.ndarray, white: np.ndarray, backing: np.ndarray
    ) -> np.ndarray:
        """Measured reflectance (no specular) of (N, 4) inks and (N,) white.

        `backing` is the internal reflectance beneath, (36,) or (N, 36).
        """
        under = np.maximum(np.atleast_2d(backing), 1e-4) * self.film()
        ground = self.white_spectra(under, white)
        cover = self.coverages(np.asarray(inks, float), white)
        once = np.zeros_like(ground)
        twice = np.zeros_like(ground)
        for number in range(16):
            on = np.array([number >> ink & 1 for ink in range(4)])
            share = np.where(on, cover, 1 - cover).prod(axis=1)[:, None]
            through = 10 ** -(on @ DENSITY)
            once = once + share * through
            twice = twice + share * through**2
        # Clapper-Yule: light enters and leaves through dots that need not be the same.
        return (1 - K1) * (1 - K2) * ground * once**2 / (1 - K2 * ground * twice)

    def measured(self, spectra: np.ndarray, seed: int) -> np.ndarray:
        """An instrument's reading: 0.3 % of the value and 0.0003 of full scale."""
        random = np.random.default_rng([self.seed, seed])
        noise = random.normal(0, 1, spectra.shape)
        even = random.normal(0, 1, (len(spectra), 1))
        return np.maximum(spectra * (1 + 0.003 * even) + 0.0003 * noise, 0)


def surface(internal: np.ndarray) -> np.ndarray:
    """Measured reflectance of a gloss surface over an internal one."""
    return (1 - K1) * (1 - K2) * internal / (1 - K2 * internal)


WHITE_BACKING = 0.93 - band(400, 40, 0.08)
BLACK_BACKING = np.full(len(NM), 0.02)


def step_up(centre: float, width: float, low: float, high: float) -> np.ndarray:
    return low + (high - low) / (1 + np.exp(-(NM - centre) / width))


PIGMENTS = np.stack(
    [
        step_up(400, 12, 0.3, 0.92),  # white
        step_up(545, 22, 0.06, 0.62),  # ochre
        step_up(590, 14, 0.05, 0.5),  # red earth
        step_up(570, 40, 0.03, 0.14),  # umber
        0.06 + band(525, 45, 0.24),  # green earth
        0.05 + band(455, 50, 0.32) + step_up(690, 12, 0, 0.2),  # blue
        np.full(len(NM), 0.035),  # black
    ]
)
"""(7, 36) internal reflectance of made-up pigments of old paintings."""


def mixtures(count: int, seed: int, whites: float) -> np.ndarray:
    """(N, 36) internal reflectance of mixtures, mixed as K/S."""
    random = np.random.default_rng(seed)
    shares = random.dirichlet([whites, 0.5, 0.3, 0.4, 0.3, 0.25, 0.25], count)
    ratio = shares @ ((1 - PIGMENTS) ** 2 / (2 * PIGMENTS))
    return 1 + ratio - np.sqrt(ratio**2 + 2 * ratio)
