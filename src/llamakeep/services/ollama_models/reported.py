"""The models' part in the report."""

from collections.abc import Iterator

from llamakeep.plan.fit.page import arithmetic, in_short
from llamakeep.record import Record
from llamakeep.report.line import Line
from llamakeep.report.stage import Case, ReportedStage
from llamakeep.services.ollama_models.wanted import WantedModels

_SUBJECT = "models"  # of the claims that speak of them


class ModelLine(Record):
    """One wanted model."""

    name: str
    digest: str
    size: int  # bytes
    state: str  # "whole", "not checked", or what is wrong
    fit: str = ""  # "fits, 5.9 of 24.0 GiB at 8192 context"
    arithmetic: str = ""  # the parts of the first number


class ModelsLine(Line):
    """The models of one host."""

    models: tuple[ModelLine, ...]


class Stage(ReportedStage[WantedModels]):
    """What is said of the models of a host."""

    record = ModelsLine

    def line(self, case: Case, wanted: WantedModels) -> ModelsLine | None:
        """Return each model, whether it is whole, and how it fits."""
        return ModelsLine(models=tuple(_models(case, wanted))) if wanted.models else None


def _models(case: Case, wanted: WantedModels) -> Iterator[ModelLine]:
    fits = {one.model: one for one in case.plan.fit.models} if case.plan is not None and case.plan.fit else {}
    for model in wanted.models:
        about = [check for check in case.checks if check.subject == _SUBJECT and check.about == model.name]
        wrong = [check.found for check in about if not check.holds]
        fit = fits.get(model.name)
        yield ModelLine(
            name=model.name,
            digest=model.digest,
            size=model.size,
            state="; ".join(wrong) if wrong else "whole" if about else "not checked",
            fit=in_short(fit) if fit is not None else "",
            arithmetic=arithmetic(fit.estimate) if fit is not None and fit.estimate is not None else "",
        )
