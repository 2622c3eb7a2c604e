# SPDX-License-Identifier: Apache-2.0
"""Restore: every step from scan to record, each only if what it rests on changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pellicle.errors import NotYetMadeError
from pellicle.io.policy_file import load_policy
from pellicle.model.artefact import ArtefactKind
from pellicle.model.candidate import Candidate
from pellicle.model.condition import DamageClass, Region
from pellicle.model.decision import ChosenMethod
from pellicle.model.policy import Policy
from pellicle.model.recolouring import Recolouring
from pellicle.stages.reconstruct.plan import MOST_OF_PAINTING, too_much_in_words
from pellicle.treatment.decisions import read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.workflow.corrected_map import correct_regions
from pellicle.workflow.figures import Chain
from pellicle.workflow.found import evidence_of, find_damage
from pellicle.workflow.infill_networks import infill_stage
from pellicle.workflow.mask import separate_mask
from pellicle.workflow.proof import predict_appearance
from pellicle.workflow.reconstruct import ReconstructionInUse, reconstruct
from pellicle.workflow.regions import RegionsInUse, compose_regions
from pellicle.workflow.scan import ScanInUse, use_scan
from pellicle.workflow.selection import (
    UNDECIDED,
    InfillRules,
    RegionDecision,
    ResolvedDecisions,
    resolve_decisions,
)
from pellicle.workflow.settings import (
    PolicySettings,
    ReconstructSettings,
    configured,
)
from pellicle.workflow.style import apply_style
from pellicle.workflow.work import Work

_NEEDS: Mapping[ArtefactKind, tuple[ArtefactKind, str]] = {
    # Not the condition run: there is none when the damage is given.
    ArtefactKind.RECONSTRUCTION: (ArtefactKind.REGIONS, "condition map"),
    ArtefactKind.MASK: (ArtefactKind.RECONSTRUCTION, "reconstruction"),
    ArtefactKind.PROOF: (ArtefactKind.MASK, "mask"),
}
"""What a step rests on, and its name for people."""


def policy_in_use(treatment: Treatment) -> Policy:
    """Policy of the treatment: a file received, or a built-in one by name."""
    received = treatment.source("policy")
    if received is not None:
        return load_policy(str(treatment.source_path(received)))
    settings = configured(PolicySettings, treatment.description().step("policy"))
    return load_policy(settings.name)


def infill_rules(treatment: Treatment) -> InfillRules:
    """When a region is infilled without being asked for."""
    settings = treatment.description().step("reconstruct")
    rules = configured(ReconstructSettings, settings)
    return InfillRules(policy_in_use(treatment), rules.infill_craquelure)


def make_regions(work: Work, scan: ScanInUse) -> tuple[RegionsInUse, ResolvedDecisions]:
    """Condition map as persons corrected it, with what they decided."""
    found = find_damage(work, scan)
    regions = compose_regions(work, scan, found)
    resolved = resolve_decisions(read_decisions(work.treatment), regions)
    if not resolved.corrections:
        return regions, resolved
    before = len(regions.condition.regions)
    regions = correct_regions(work, scan, found, regions, resolved.corrections)
    return regions, resolved.carried_to(regions, before)


def make_chain(work: Work, last: ArtefactKind = ArtefactKind.PROOF) -> Chain | None:
    """Do the steps up to `last`; those that stand already are only looked up.

    Returns
    -------
    chain
        All steps, or None when `last` comes before the proof.
    """
    if last is ArtefactKind.CONDITION:
        make_regions(work, use_scan(work))
        return None
    done = make_reconstruction(work)
    scan, regions, said, rules = done.scan, done.regions, done.said, done.rules
    reconstruction = apply_style(work, scan, regions, done.made, said)
    if last is ArtefactKind.RECONSTRUCTION:
        return None
    mask = separate_mask(work, scan, regions, reconstruction, rules, said)
    if last is ArtefactKind.MASK:
        return None
    proof = predict_appearance(work, scan, reconstruction, mask)
    evidence = evidence_of(work.treatment, scan)
    return Chain(
        scan, regions, said, reconstruction, mask, proof, rules.policy, evidence
    )


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """A treatment up to its reconstruction, not yet rendered in a style."""

    scan: ScanInUse
    regions: RegionsInUse
    said: Mapping[int, RegionDecision]
    rules: InfillRules
    made: ReconstructionInUse


def make_reconstruction(work: Work) -> Reconstructed:
    """Do the steps up to the reconstruction."""
    treatment = work.treatment
    scan = use_scan(work)
    regions, resolved = make_regions(work, scan)
    rules = infill_rules(treatment)
    said = resolved.by_number
    infilled: dict[int, ChosenMethod | None] = {
        region.number: said.get(region.number, UNDECIDED).method
        for region in regions.condition.regions
        if rules.infills(region, said.get(region.number, UNDECIDED))
    }
    left = _too_much(treatment, scan, regions.among(infilled), said)
    for number in left:
        infilled.pop(number, None)
    settings = treatment.description().step("reconstruct")
    asked = configured(ReconstructSettings, settings)
    stage = infill_stage(asked, scan.encoding)
    recoloured = _recoloured(regions, infilled, said)
    chosen = _chosen(infilled, said)
    made = reconstruct(work, scan, regions, infilled, stage, recoloured, chosen)
    return Reconstructed(scan, regions, said, rules, replace(made, left=left))


def _recoloured(
    regions: RegionsInUse,
    infilled: Mapping[int, ChosenMethod | None],
    said: Mapping[int, RegionDecision],
) -> dict[int, Recolouring]:
    """Recoloured regions; one that was relabelled since is infilled as what it is."""
    asked = {number: said.get(number, UNDECIDED).recolouring for number in infilled}
    return {
        region.number: recolouring
        for region in regions.condition.regions
        if region.damage_class is DamageClass.DISCOLOURED
        and (recolouring := asked.get(region.number)) is not None
    }


def _too_much(
    treatment: Treatment,
    scan: ScanInUse,
    infilled: Iterable[Region],
    said: Mapping[int, RegionDecision],
) -> dict[int, str]:
    """Regions that cover most of the painting, and that nobody asked to infill."""
    found: dict[int, str] = {}
    if treatment.source("reconstruction"):  # a person painted them
        return found
    for region in infilled:
        share = region.pixels / scan.painting_pixels
        asked = said.get(region.number, UNDECIDED)
        if share >= MOST_OF_PAINTING and not asked.infill_asked:
            found[region.number] = too_much_in_words(share)
    return found


def _chosen(
    infilled: Iterable[int], said: Mapping[int, RegionDecision]
) -> dict[int, Candidate]:
    asked = {number: said.get(number, UNDECIDED).candidate for number in infilled}
    return {number: one for number, one in asked.items() if one is not None}


def whole_chain(work: Work) -> Chain:
    """Do every step up to the proof."""
    chain = make_chain(work)
    if chain is None:
        message = "the chain of steps ended before the proof"
        raise AssertionError(message)
    return chain


def require_step(treatment: Treatment, kind: ArtefactKind) -> None:
    """Refuse a step whose input was never made.

    Raises
    ------
    NotYetMadeError
        If the step before has no run.
    """
    if kind in _NEEDS:
        needed, name = _NEEDS[kind]
        if needed not in treatment.current():
            raise NotYetMadeError(name)
