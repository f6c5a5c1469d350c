"""A session: a scenario, and what has been computed of it. And `load`, which opens a scenario.

A scenario's folder may hold a `data.yaml` that names a maker of `detente.events.makers`, for tables from data that
Détente may not ship; what it makes takes its place beside the folder's own files.

What computes is imported where it is first needed, so that opening a scenario stays quick.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from detente.errors import InputError, Problem
from detente.events.makers import MAKERS
from detente.language import load as loading
from detente.language.forecast_dates import step_at
from detente.language.priors import Prior
from detente.language.records import Forecasts, Scenario
from detente.progress import Progress, StageProgress, Stopwatch, within
from detente.settings import DRAWS, FUTURES, ISLANDS, NOISE_MODES, PRIOR_SHARE, SAMPLERS, NUTSSettings, SMCSettings
from detente.text import yaml_nodes as ya
from detente.text.fields import Field
from detente.text.files import MAX_YAML, Folder
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from detente.futures.play import Futures
    from detente.futures.questions import Questions
    from detente.inference.density import Model
    from detente.inference.draws import Draws
    from detente.inference.fit import Fit
    from detente.inference.posterior_replay import PosteriorReplay

T = TypeVar("T")
RECIPE = "data.yaml"


def load(scenario: str | Path, set: Mapping[str, float | str] | None = None) -> Scenario:
    """Return the scenario in a folder, in a single .yaml file, or bundled under a name.

    Args:
        scenario: A path, or one of `bundled()`.
        set: Parameters to hold at a value, in every hypothesis.

    Raises:
        InputError: With every problem of every file; or the data it is made from are in none of the usual places.
    """
    root, model = loading.find(scenario)
    made = made_files(root) if model == loading.MODEL else {}
    return loading.load(scenario, set, made)


def made_files(root: Path) -> dict[str, bytes]:
    """The files that a scenario folder's recipe makes, by name; none without a recipe.

    Raises:
        InputError: The recipe is wrong, or the data are not found.
    """
    if not (root / RECIPE).is_file():
        return {}
    problems: list[Problem] = []
    source = Folder(root, problems, f"{root.name}/").read(RECIPE, MAX_YAML)
    top = Field("", ya.parse_yaml(source, problems) if source else None, problems)
    maker = ""
    if top.present:
        known = f"one of {', '.join(sorted(MAKERS))}"
        field = next((value for name, _, value in top.entries("keys") if name == "maker"), None)
        if field is None or not field.present:
            (field or top).bad(f"the key maker: {known}", "nothing")
        elif (maker := field.text()) not in MAKERS:
            field.bad(known, maker, did_you_mean(maker, MAKERS))
    if problems or maker not in MAKERS:
        raise InputError(problems)
    return MAKERS[maker](top)


class _Lazy:
    """A value that is worked out once, by whichever thread asks first; the others wait."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work, self._lock = work, threading.Lock()
        self._found: tuple[Any, ...] = ()

    def __call__(self) -> Any:
        if not self._found:
            with self._lock:
                if not self._found:
                    self._found = (self._work(),)
        return self._found[0]

    @property
    def done(self) -> bool:
        """Whether it has been worked out."""
        return bool(self._found)


class Session:
    """A scenario and what has been computed of it: everything once, when it is first asked for.

    `hold`, `set`, `without`, `at` and `edit` return sessions that share what the change does not touch. Threads may ask
    at once. Sessions do not mix: each has its own seed, options and stopwatch.

    Attributes:
        scenario: what is asked about.
        seed: of everything random.
        held: parameters held at values in the draws at hand.
        date: the day on which the record was cut; None for the whole record.
        draws: parameter draws after the evidence that were asked for; half as many before it.
        futures_asked: futures per draw and course that were asked for.
        plain: whether nobody samples futures to look ahead, whatever the scenario says (`level_0`).
        watch: seconds spent in this session, by stage.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        seed: int = 1,
        *,
        sampler: str = "smc",
        noise: str = "kalman",
        device: str | None = None,
        draws: int = DRAWS,
        futures: int = FUTURES,
        do_fit: bool = True,
        settings: SMCSettings | NUTSSettings | None = None,
        use_cache: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Nothing is computed yet. A wrong option is an InputError.

        Args:
            scenario: loaded, or what `load` takes.
            sampler: "smc" or "nuts".
            noise: how the likelihood treats noise between measurements: "kalman", "particles" or "replay".
            device: "cpu" or "gpu": where JAX plays the futures of courses. None: machine code, or NumPy.
            do_fit: without the fit, what is after the evidence equals what is before it.
            settings: of the sampler, in place of its defaults; their type says which one.
            use_cache: whether fits are taken from the cache and kept there.
            progress: called with (stage, detail, share done), by two threads.
        """
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
        _check_options(sampler, noise, draws)
        self.seed, self.noise, self.device, self.do_fit, self.use_cache = seed, noise, device, do_fit, use_cache
        self.settings = settings or SAMPLERS[sampler]()
        self.sampler = "nuts" if isinstance(self.settings, NUTSSettings) else "smc"
        self.draws, self.futures_asked, self.progress = draws, futures, progress
        self.held: dict[str, float] = {}
        self.date: dt.date | None = None
        self.plain = False
        self.watch = Stopwatch()
        self._lock = threading.Lock()
        self._answers: dict[str, _Lazy] = {}
        self._parts = {
            "model": _Lazy(self._model),
            "questions": _Lazy(self._questions),
            "fit": _Lazy(self._fit),
            "before": _Lazy(lambda: self.prior(self.draws // PRIOR_SHARE)),
            "after": _Lazy(lambda: self.posterior(self.draws)),
            "prior_futures": _Lazy(self._prior_futures),
            "futures": _Lazy(self._futures),
            "level_0": _Lazy(self._level_0),
            "replay": _Lazy(self._replay),
        }

    @property
    def model(self) -> Model:
        """The compiled scenario, with its record and priors."""
        return self._parts["model"]()

    @property
    def questions(self) -> Questions:
        """What the claims ask of the futures."""
        return self._parts["questions"]()

    @property
    def fit(self) -> Fit | None:
        """The posterior of every hypothesis; None in a session without a fit.

        Raises:
            InputError: No hypothesis allows the record.
        """
        return self._parts["fit"]()

    @property
    def before(self) -> Draws:
        """Parameter draws before the evidence."""
        return self._parts["before"]()

    @property
    def after(self) -> Draws:
        """Parameter draws after the evidence; those before it in a session without a fit."""
        return self._parts["after"]()

    @property
    def prior_futures(self) -> Futures:
        """Nested futures of every course before the evidence."""
        return self._parts["prior_futures"]()

    @property
    def futures(self) -> Futures:
        """Nested futures of every course after the evidence. Those before it are played beside the fit."""
        return self._parts["futures"]()

    @property
    def level_0(self) -> Session:
        """The session in which nobody samples futures to look ahead: itself, where nobody does."""
        return self._parts["level_0"]()

    @property
    def replay(self) -> PosteriorReplay:
        """The record replayed for the draws after the evidence, with what each cell of it cost."""
        return self._parts["replay"]()

    def prior(self, draws: int) -> Draws:
        """So many draws before the evidence."""
        from detente.inference.fit import normalised_weights, prior_draws

        return self._holding(prior_draws(self.model, normalised_weights(self.scenario), draws, self.seed, ISLANDS))

    def posterior(self, draws: int) -> Draws:
        """So many draws after the evidence; as many as before it in a session without a fit."""
        fit = self.fit
        return self.before if fit is None else self._holding(fit.posterior(draws))

    def answer(self, name: str, work: Callable[[], T]) -> T:
        """What an analysis finds of this session, worked out once under a name of its own."""
        with self._lock:
            lazy = self._answers.setdefault(name, _Lazy(work))
        return lazy()

    def asking(self, **options: Any) -> Session:
        """The session under other options (those of `Session`, and `seed`); an option that is None stays.

        `draws`, `futures` and `progress` leave the fit as it is.
        """
        new = {name: value for name, value in options.items() if value is not None}
        if (sampler := new.pop("sampler", self.sampler)) != self.sampler:
            _check_options(sampler, self.noise, self.draws)
            new.setdefault("settings", SAMPLERS[sampler]())
        mine = {
            "seed": self.seed,
            "noise": self.noise,
            "device": self.device,
            "draws": self.draws,
            "futures": self.futures_asked,
            "do_fit": self.do_fit,
            "settings": self.settings,
            "use_cache": self.use_cache,
            "progress": self.progress,
        }
        if unknown := new.keys() - mine:
            raise TypeError(f"no option of a session: {', '.join(sorted(unknown))}")
        changed = {name for name, value in new.items() if mine[name] != value}
        if not changed:
            return self
        made = Session(self.scenario, **(mine | new))
        made.held, made.date, made.plain = self.held, self.date, self.plain
        shared = set(self._parts) if changed <= {"progress", "use_cache"} else set()
        if not changed & {"noise", "device"}:
            shared |= {"model", "questions"}
            if not changed & {"seed", "settings", "do_fit"}:
                shared.add("fit")
        return self._share(made, shared)

    def hold(self, values: Mapping[str, float] | None = None, **more: float) -> Session:
        """The session with parameters held at values in the draws at hand: the fit stays, futures are played again with
        the same random numbers.

        Raises:
            InputError: There is no such parameter, or its priors do not allow the value.
        """
        held = {**(values or {}), **more}
        loading.known_for_certain(self.scenario, held, "hold")
        made = self._like(self.scenario)
        made.held, made.date = self.held | held, self.date
        return self._share(made, {"model", "questions", "fit"})

    def set(self, values: Mapping[str, float] | None = None, **more: float) -> Session:
        """The session in which parameters are known for certain; the record speaks again for the others.

        Raises:
            InputError: There is no such parameter, or its priors do not allow the value.
        """
        return self.edit(loading.known_for_certain(self.scenario, {**(values or {}), **more}, "set"))

    def without(self, *sources: str) -> Session:
        """The session without what these sources say.

        Raises:
            InputError: The scenario has no such source.
        """
        from detente.language.without import without

        return self.edit(without(self.scenario, sources)[0])

    def at(self, date: dt.date | str) -> Session:
        """The session with the record as it stood on a day, the first of a step.

        Raises:
            InputError: No step of the record begins on that day.
        """
        from detente.engine.game.record import up_to

        day = as_date(date)
        step_at(self.scenario, day, "at")
        if self.date is not None and day > self.date:
            expected, hint = f"a day no later than {self.date}, where this record was cut", "ask a session of the whole"
            raise InputError([Problem("at", expected, str(day), hint)], what="the options")
        made = self._like(up_to(self.scenario, day))
        made.held, made.date = self.held, day
        made._parts["model"] = _Lazy(lambda: _at(self.model, made.scenario, day))
        return self._share(made, {"questions"})

    def edit(self, scenario: Scenario) -> Session:
        """The session of an edited scenario, which shares the model where the game's content is the same, the fit where
        the likelihood and the priors are, and the futures where the questions are, too. Where only priors differ the
        fit is made from the draws at hand (`Fit.got`), unless they do not reach.
        """
        made = self._like(scenario)
        made.held = self.held
        if self.date is not None:
            return made.at(self.date)
        if _game(self.scenario) != _game(scenario):
            made._parts["fit"] = _Lazy(lambda: self._fit_of(made))
            return made
        self._share(made, {"model"})
        if _weights(self.scenario) != _weights(scenario):
            made._parts["fit"] = _Lazy(lambda: self._fit_of(made))
            return made
        self._share(made, {"fit", "before", "after", "replay"})
        for side in ("prior_futures", "futures"):
            made._parts[side] = _Lazy(lambda side=side: self._futures_of(made, side))
        return made

    def _like(self, scenario: Scenario) -> Session:
        """A session of another scenario, under the same options."""
        made = Session(
            scenario,
            self.seed,
            noise=self.noise,
            device=self.device,
            draws=self.draws,
            futures=self.futures_asked,
            do_fit=self.do_fit,
            settings=self.settings,
            use_cache=self.use_cache,
            progress=self.progress,
        )
        made.plain = self.plain
        return made

    def _share(self, made: Session, parts: Iterable[str]) -> Session:
        made._parts |= {name: self._parts[name] for name in parts}
        return made

    def _fit_of(self, made: Session) -> Fit | None:
        """The fit of an edited session: from this one's where what the likelihood reads is the same, else anew.

        Other weights of the hypotheses change no particle. Under other priors the particles are re-weighted, or moved
        from where they are (`inference.changed_priors`), always those that a sampler made; `Fit.got` says which, and
        they never enter the cache of fits.
        """
        from detente.inference.changed_priors import fit_under_new_priors
        from detente.inference.fit import likelihood_key, normalised_weights

        mine = self._parts["fit"]
        found = mine() if made.do_fit and mine.done else None
        if found is None or likelihood_key(self.scenario, self.model) != likelihood_key(made.scenario, made.model):
            return made._fit()
        if _priors(self.model) == _priors(made.model):
            of, weights = (made.scenario, made.model), normalised_weights(made.scenario)
            return replace(found, prior_weights=weights, cached=True, of=of)
        base, report = found.base or found, within(self.progress, "fit")
        with made.watch.stage("fit_s"):
            new = fit_under_new_priors(base, made.scenario, made.model, self.seed, report)
        return made._fit() if new is None else new

    def _futures_of(self, made: Session, side: str) -> Futures:
        """Futures of an edited session: this one's, where they were played and answer the questions there."""
        mine = self._parts[side]
        if mine.done and _asked(self.questions) == _asked(made.questions):
            return replace(mine(), scenario=made.scenario, questions=made.questions)
        return getattr(made, f"_{side}")()

    def _holding(self, draws: Draws) -> Draws:
        for name, value in self.held.items():
            draws = draws.hold(name, value)
        return draws

    def _model(self) -> Model:
        from detente.engine.backends import choice as backend
        from detente.futures.lookahead import without_samples
        from detente.inference.density import model_of

        backend.described(self.device)  # refuses a device that is not here, before anything is spent
        with self.watch.stage("compile_s"):
            model = model_of(self.scenario, noise=self.noise, device=self.device)
            if self.plain:
                model = without_samples(model)
            if self.date is not None:
                model = _at(model, self.scenario, self.date)
            model.script.ready()  # before two threads ask for it
        return model

    def _questions(self) -> Questions:
        from detente.futures.questions import questions_of

        model = self.model
        with self.watch.stage("compile_s"):
            return questions_of(self.scenario, model.game)

    def _fit(self) -> Fit | None:
        from detente.inference.fit_or_keep import fit_or_keep

        if not self.do_fit:
            return None
        model = self.model
        with self.watch.stage("fit_s"):
            return fit_or_keep(
                self.scenario,
                model,
                seed=self.seed,
                settings=self.settings,
                use_cache=self.use_cache,
                progress=within(self.progress, "fit"),
            )

    def _replay(self) -> PosteriorReplay:
        from detente.inference.posterior_replay import replay_posterior

        return replay_posterior(self.model, self.after)

    def _counts(self) -> tuple[int, int]:
        """Draws and futures that are played: fewer by default where futures are sampled inside futures."""
        from detente.futures.lookahead import affordable

        return affordable(self.model, (self.draws, self.futures_asked), (DRAWS, FUTURES))

    def _played(self, draws: Draws, progress: StageProgress | None = None) -> Futures:
        from detente.futures.play import play_out

        self._check_cut()
        with self.watch.stage("simulate_s"):
            return play_out(
                self.scenario,
                self.model,
                self.questions,
                draws,
                futures=self._counts()[1],
                seed=self.seed,
                progress=progress,
            )

    def _prior_futures(self) -> Futures:
        chosen = self.prior(self._counts()[0] // PRIOR_SHARE)
        if self.do_fit:
            return self._played(chosen).light()  # only chances are shown
        return self._played(chosen, within(self.progress, "futures"))

    def _futures(self) -> Futures:
        from detente.engine.backends import threads

        if not self.do_fit:
            return self.prior_futures
        with threads.one_blas_thread():
            _ = self.model, self.questions
            threads.together(lambda: self.fit, lambda: self.prior_futures)
            return self._played(self.posterior(self._counts()[0]), within(self.progress, "futures"))

    def _check_cut(self) -> None:
        """Courses begin at their branch dates: a record that was cut before one says nothing of where."""
        clock = self.scenario.clock
        branch = max(self.scenario.branch_step(course) for course in self.scenario.courses)
        if self.date is not None and clock.step_of(self.date) < branch:
            expected = f"a day no earlier than {clock.date_of(branch)}, when the last course branches"
            hint = "`detente.forecaster` forecasts from any day of the record"
            raise InputError([Problem("at", expected, str(self.date), hint)], what="the options")

    def _level_0(self) -> Session:
        from detente.futures.lookahead import samples_futures, without_samples

        model = self.model
        if not samples_futures(model):
            return self
        made = self._like(self.scenario)
        # the counts are those that were played here
        made.draws, made.futures_asked = self._counts()
        made.held, made.date, made.watch, made.plain = self.held, self.date, self.watch, True
        made._parts["model"] = _Lazy(lambda: without_samples(model))
        return self._share(made, {"questions", "fit"})


def _check_options(sampler: str, noise: str, draws: int) -> None:
    problems = []
    for name, found, known in (("sampler", sampler, list(SAMPLERS)), ("noise", noise, list(NOISE_MODES))):
        if found not in known:
            problems.append(Problem(name, f"one of {', '.join(known)}", found, did_you_mean(found, known)))
    if draws < 1:
        problems.append(Problem("draws", "at least one draw of the parameters", str(draws)))
    if problems:
        raise InputError(problems, what="the options")


def as_date(date: dt.date | str) -> dt.date:
    """A day, given as one or as text like 2024-08-18.

    Raises:
        InputError: The text is no date.
    """
    if isinstance(date, dt.date):
        return date.date() if isinstance(date, dt.datetime) else date
    try:
        return dt.date.fromisoformat(date)
    except ValueError:
        raise InputError([Problem("date", "a date like 2024-08-18", date)], what="the options") from None


def session_of(asked: Scenario | Session, **options: Any) -> Session:
    """A session of a scenario, or the one that was given, under these options; those that are None are its own."""
    if isinstance(asked, Session):
        session = asked.asking(**options)
        session.watch.mark()  # a result tells the time of its own question
        return session
    return Session(asked, **{name: value for name, value in options.items() if value is not None})


def fit(
    scenario: Scenario | Session,
    *,
    seed: int | None = None,
    settings: SMCSettings | NUTSSettings | None = None,
    use_cache: bool | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit every hypothesis of a scenario to its record, or take the fit from the cache.

    Args:
        scenario: or a session of it.
        seed: of the sampler, 1 by default; the same scenario, seed and versions give the same fit on one machine.
        settings: numerical settings of the sampler; their type says which one.
        use_cache: whether a kept fit will do, and this one is kept; yes by default.
        progress: called with ("fit", hypothesis, share done).

    Raises:
        InputError: No hypothesis allows the record.
    """
    made = session_of(scenario, seed=seed, settings=settings, use_cache=use_cache, do_fit=True, progress=progress).fit
    assert made is not None
    return made


def _game(scenario: Scenario) -> Scenario:
    """What of a scenario bears on its model, its record and its priors."""
    hypotheses = {id: replace(about, weight=1.0, says="") for id, about in scenario.hypotheses.items()}
    return replace(
        scenario,
        title="",
        question="",
        summary="",
        readme="",
        sha256="",
        hypotheses=hypotheses,
        arguments=(),
        quantities=(),
        forecasts=Forecasts(),
        derived={},
        mirror=None,
        beside={},
        left_out=(),
        unread=(),
    )


def _priors(model: Model) -> list[tuple[str, tuple[Prior, ...]]]:
    return [(h, quantiles.priors) for h, quantiles in model.quantiles.items()]


def _weights(scenario: Scenario) -> dict[str, float]:
    return {id: about.weight for id, about in scenario.hypotheses.items()}


def _asked(questions: Questions) -> tuple:
    """What futures are asked for, but for functions: these follow from it."""
    tally = questions.tally
    return questions.watched, questions.values, questions.points, tally.moves, tally.dated


def _at(model: Model, cut: Scenario, day: dt.date) -> Model:
    """The same model with the record observed up to a day."""
    from detente.engine.game.record import record_of

    made = replace(model, record=record_of(cut, model.game, until=cut.clock.step_of(day)))
    made.__dict__["script"] = model.script  # it does not depend on the record
    return made
