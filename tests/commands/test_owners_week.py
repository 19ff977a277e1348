"""A week of an owner who deploys by CI: how often somebody is asked, and that nothing is stuck. Real git, sops files and cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from canary import Canary
from week_kit import Person, merge_on_server

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: ghcr.io/example/{name}:1.0.0
          env: [{{name: DSN, value: "postgres://app:<sealed:db.password>@db/{name}"}}]
"""
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: []
images:
  - name: ghcr.io/example/web
    newTag: "2.0.0"
"""
CHART = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: redis}
spec:
  chart: {spec: {chart: redis, version: "18.0.0", sourceRef: {kind: HelmRepository, name: redis}}}
"""
BOTS = 50


class Week:
    """The people, the server and the cluster."""

    def __init__(self, folder: Path, canary: Canary, cluster: Any) -> None:
        self.folder, self.canary, self.cluster = folder, canary, cluster
        self.namespace = cluster.namespace()
        self.kubeconfig = str(cluster.kubeconfig)
        self.server = folder / "server.git"
        self.owner = self.person("owner")
        self.bump = 0

    def person(self, name: str, **options: str) -> Person:
        return Person.at(name, self.folder, self.canary, self.kubeconfig, **options)

    def clone(self, person: Person) -> Person:
        person.git("clone", "-q", str(self.server), str(person.clone), cwd=self.folder)
        return person

    def deploy_by_ci(self, *, expect: int = 0) -> str:
        """A job on a machine that keeps nothing: a fresh clone, a key that only deploys, the signer in a variable."""
        job = self.clone(
            self.person(f"ci-{len(list(self.folder.iterdir()))}", key=self.ci_key, SEALKIT_SIGNER=self.signer)
        )
        said = job.run("deploy", "home", "--yes", "--no-wait", expect=expect)
        assert job.asked == 0
        return said

    @property
    def signer(self) -> str:
        return (self.owner.clone / "sealkit.sum").read_text().split()[2].removeprefix("signer=")

    def image(self, name: str = "api") -> str:
        path = "{.spec.template.spec.containers[0].image}"
        return str(
            self.cluster.kubectl("get", "deployment", name, "-n", self.namespace, "-o", f"jsonpath={path}").stdout
        )

    # --- the days

    def first_day(self) -> None:
        """The house, deployed from a terminal."""
        owner = self.owner
        owner.git("init", "-q", "--bare", "-b", "main", str(self.server), cwd=self.folder)
        owner.git("clone", "-q", str(self.server), str(owner.clone), cwd=self.folder)
        owner.git("symbolic-ref", "HEAD", "refs/heads/main")
        owner.run("init")
        (owner.clone / "sealkit.yaml").write_text(
            "version: 1\nlayout: split\ntrust: {free: [image-tags]}\ntargets:\n"
            f"  home: {{namespace: {self.namespace}, public: [home]}}\n  later: {{namespace: other, public: [later]}}\n"
        )
        for folder, name, text in (
            ("home", "api.yaml", APP.format(name="api")), ("home", "web.yaml", APP.format(name="web")),
            ("later", "kustomization.yaml", KUSTOMIZATION), ("later", "redis.yaml", CHART),
        ):  # fmt: skip
            (owner.clone / "public" / folder).mkdir(exist_ok=True)
            (owner.clone / "public" / folder / name).write_text(text)
        (owner.clone / "private/db.sops.yaml").write_text(f"db:\n  password: {self.canary.secret()}\n")
        owner.run("seal", "private/db.sops.yaml")
        owner.run("approve", answers=["y", "y"])  # the targets in sealkit.yaml, and everything else
        assert "deployed home" in owner.run("deploy", "home", "--no-wait", answers=["y"])
        assert owner.asked == 3
        self.ci_key = self.person("ci").key
        ci = Person("ci", self.folder / "ci", self.folder, self.canary, self.kubeconfig)
        owner.run("recipients", "add", ci.recipient)
        owner.git("config", "sealkit.approve", "commit")
        owner.commit("a house")
        assert self.deploy_by_ci()

    def edits_and_commits(self) -> None:
        """What the owner commits on main is signed, and CI deploys it."""
        owner, before = self.owner, self.owner.asked
        for replicas in range(2, 6):
            owner.edit("public/home/api.yaml", f"replicas: {replicas - 1}", f"replicas: {replicas}")
            owner.commit(f"{replicas} replicas")
        (owner.clone / "public/home/extra.yaml").write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"
        )
        owner.commit("a new file")
        self.deploy_by_ci()
        assert owner.asked == before

    def bots(self) -> None:
        """Pull requests of an update bot: tags go up unsigned; a chart's version waits, and is asked once for all."""
        owner, bot = self.owner, self.clone(self.person("bot"))
        before = owner.asked
        for number in range(1, BOTS + 1):
            branch = f"bot/{number}"
            bot.git("switch", "-qc", branch, "origin/main")
            if number % 5 == 0:
                bot.edit("public/later/kustomization.yaml", f'"2.{number - 5}.0"', f'"2.{number}.0"')
            elif number % 5 == 4:
                bot.edit("public/later/redis.yaml", f'"18.{max(number - 5, 0)}.0"', f'"18.{number}.0"')
            else:
                name = "api" if number % 2 else "web"
                file = bot.clone / f"public/home/{name}.yaml"
                text = file.read_text()
                version = text.partition(f"{name}:1.")[2].partition("\n")[0]
                file.write_text(text.replace(f"{name}:1.{version}", f"{name}:1.{number}.0"))
            bot.git("commit", "-qam", f"update {number}")
            bot.git("push", "-q", "origin", branch)
            merge_on_server(owner, self.server, branch)
            bot.git("fetch", "-q")
        owner.git("pull", "-q")
        said = owner.run("review", expect=1)
        assert "public/later/redis.yaml" in said
        assert "public/home" not in said
        assert "kustomization.yaml`:" not in said
        self.deploy_by_ci()  # the chart waits: it is another target's
        owner.run("approve", answers=["y"])
        owner.commit("charts")
        assert self.image() == "ghcr.io/example/api:1.47.0"
        assert owner.asked == before + 1

    def a_tag_that_goes_down(self) -> None:
        """Somebody merges an old tag: CI stops, although each text was free once."""
        owner, other = self.owner, self.clone(self.person("downgrader"))
        other.git("switch", "-qc", "down", "origin/main")
        other.edit("public/home/api.yaml", "api:1.47.0", "api:1.3.0")
        other.git("commit", "-qam", "down")
        other.git("push", "-q", "origin", "down")
        merge_on_server(owner, self.server, "down")
        assert "public/home/api.yaml" in self.deploy_by_ci(expect=1)
        assert self.image() == "ghcr.io/example/api:1.47.0"
        owner.git("pull", "-q")
        owner.git("revert", "--no-edit", "-m", "1", "HEAD")
        owner.git("push", "-q")
        self.deploy_by_ci()

    def two_branches(self) -> None:
        """Two branches that share no file, each signed on its own, merged on the web: nobody is asked."""
        owner = self.owner
        before = owner.asked
        for branch, path, old, new in (
            ("one", "public/home/api.yaml", "replicas: 5", "replicas: 6"),
            ("two", "public/home/web.yaml", "replicas: 1", "replicas: 2"),
        ):
            owner.git("switch", "-qc", branch, "main")
            owner.edit(path, old, new)
            owner.run("approve", answers=["y"])
            owner.commit(branch)
        owner.git("switch", "-q", "main")
        merge_on_server(owner, self.server, "one", "two")
        owner.git("pull", "-q")
        assert "everything is approved" in owner.run("approve")
        self.deploy_by_ci()
        assert owner.asked == before + 2

    def a_revert(self) -> None:
        """`git revert` brings an old text and its old line: CI sees a replay, the owner signs it at a new version."""
        owner = self.owner
        before = owner.asked
        owner.edit("public/home/web.yaml", "replicas: 2", "replicas: 9")
        owner.commit("nine")
        self.deploy_by_ci()
        owner.git("revert", "--no-edit", "HEAD")
        owner.git("push", "-q")
        said = self.deploy_by_ci(expect=1)
        assert "was put back" in said
        owner.run("deploy", "home", "--no-wait", answers=["y"])
        owner.commit("signed again")
        self.deploy_by_ci()
        assert owner.asked == before + 1

    def a_stranger(self) -> None:
        """A pull request that redirects a value is merged by mistake: nothing is deployed."""
        owner, stranger = self.owner, self.clone(self.person("stranger"))
        before = owner.asked
        stranger.git("switch", "-qc", "harmless")
        stranger.edit("public/home/api.yaml", "@db/api", "@evil.example.net/api")
        stranger.git("commit", "-qam", "typo")
        stranger.git("push", "-q", "origin", "harmless")
        merge_on_server(owner, self.server, "harmless")
        assert "public/home/api.yaml" in self.deploy_by_ci(expect=1)
        owner.git("pull", "-q")
        said = owner.run("deploy", "home", "--no-wait", answers=["n"], expect=1)
        assert "+          env: [{name: DSN" in said
        assert "evil.example.net" in said
        owner.git("revert", "--no-edit", "-m", "1", "HEAD")
        owner.git("push", "-q")
        self.deploy_by_ci()
        assert owner.asked == before + 1

    def a_colleague(self) -> None:
        """Comes with a key of their own, learns the signer on another channel, and signs."""
        owner, colleague = self.owner, self.person("colleague")
        before = owner.asked
        owner.run("recipients", "add", "--may-approve", colleague.recipient)
        owner.commit("a colleague")
        self.clone(colleague)
        assert self.signer in colleague.run("render", "home", "--reveal", expect=1)
        colleague.run("trust", self.signer)
        colleague.edit("public/home/api.yaml", "replicas: 6", "replicas: 7")
        colleague.run("deploy", "home", "--no-wait", answers=["y"])
        colleague.commit("seven")
        self.deploy_by_ci()
        owner.git("pull", "-q")
        owner.run("get", "db.password", reveals=True)
        assert (colleague.asked, owner.asked) == (1, before)

    def a_dead_machine(self) -> None:
        """The owner's key on a new machine: its own vouch says which signer is right."""
        again = self.clone(self.person("owner-again", key=self.owner.key))
        again.run("deploy", "home", "--yes", "--no-wait")
        assert again.asked == 0

    def a_fork(self) -> None:
        """Moves in with keys of its own, and pulls what upstream adds."""
        owner, fork = self.owner, self.person("fork")
        self.clone(fork)
        owner.run("example")
        owner.commit("an example")
        fork.git("pull", "-q")
        answers = self.folder / "answers.yaml"
        answers.write_text(f"db.password: {self.canary.secret()}\n")
        fork.run("bootstrap", "--yes", "--answers", str(answers))
        fork.git("add", "-A")
        fork.git("commit", "-qm", "my house")
        assert fork.run("render", "home", "--reveal", reveals=True).count("kind: Deployment") == 2
        owner.edit("public/home/web.yaml", "replicas: 2", "replicas: 3")
        owner.commit("three")
        fork.git("pull", "-q", "--no-rebase", "--no-edit")
        assert "public/home/web.yaml" in fork.run("render", "home", "--reveal", expect=1)
        fork.run("approve", answers=["y"])
        fork.run("render", "home", "--reveal", reveals=True)
        assert fork.asked == 1


def test_a_week(tmp_path: Path, canary: Canary, home: Path, cluster: Any) -> None:
    canary.allow(tmp_path)
    week = Week(tmp_path, canary, cluster)
    asked: dict[str, int] = {}
    for day in (
        week.first_day, week.edits_and_commits, week.bots, week.a_tag_that_goes_down, week.two_branches, week.a_revert,
        week.a_stranger, week.a_colleague, week.a_dead_machine, week.a_fork,
    ):  # fmt: skip
        before = week.owner.asked
        day()
        asked[day.__name__] = week.owner.asked - before
    assert asked == {
        "first_day": 3, "edits_and_commits": 0, "bots": 1, "a_tag_that_goes_down": 0, "two_branches": 2, "a_revert": 1,
        "a_stranger": 1, "a_colleague": 0, "a_dead_machine": 0, "a_fork": 0,
    }  # fmt: skip
