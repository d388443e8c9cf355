"""The command line as a person types it: what each command answers, refuses, and leaves on record."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from services.cli.app import app
from shared.vocabulary import Level
from tests.places import PROGRAMME, UNITS, line

SAMPLE: Final = Path(__file__).parents[2] / "shared" / "sample"
IDEAS: Final = 20
"""How many rows of the sample are declared; two of them repeat earlier ones: sk-017 sk-001, and sk-019 sk-004."""
NET: Final = 19
"""One of them was applied before the window."""

JSONObject = dict[str, Any]

COMMAND_LINE: Final = get_command(app)
"""Made once: the runner's own `invoke` would build all commands anew each time."""


class Answer(NamedTuple):
    """What a command came to: its exit code, what it answered, and what it said beside that."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> JSONObject:
        """The one JSON object that is all that stands on standard output."""
        (only,) = self.out.splitlines()
        found: JSONObject = json.loads(only)
        return found

    @property
    def rows(self) -> list[JSONObject]:
        """The JSON objects, one a line, that are all that stands on standard output."""
        return [json.loads(row) for row in self.out.splitlines()]

    @property
    def words(self) -> str:
        """What was said to people, however the lines were broken."""
        return " ".join(self.err.split())


def sangkien(*typed: object, **settings: str) -> Answer:
    """Type a command in this process; nothing of this process's own settings reaches it."""
    clean: dict[str, str | None] = dict.fromkeys(k for k in os.environ if k.startswith("SANGKIEN_"))
    environment = {**clean, **{f"SANGKIEN_{name}": value for name, value in settings.items()}}
    with CliRunner().isolation(env=environment) as (out, err, _):
        with pytest.raises(SystemExit) as ended:
            COMMAND_LINE.main([str(word) for word in typed], prog_name="sangkien")
        sys.stdout.flush()
        sys.stderr.flush()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, out.getvalue().decode(), err.getvalue().decode())


def real(*typed: object, **settings: str) -> Answer:
    """Type a command as a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SANGKIEN_")}
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *map(str, typed)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
        cwd=SAMPLE.parents[1],
        env={**clean, "PYTHONUTF8": "1", **{f"SANGKIEN_{k}": v for k, v in settings.items()}},
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def done(*typed: object, **settings: str) -> Answer:
    """Type a command that is carried out."""
    answer = sangkien(*typed, **settings)
    assert answer.code == 0, answer
    return answer


def refused(*typed: object, **settings: str) -> str:
    """Type a command that is refused; answers why, in words. Nothing is answered on standard output."""
    answer = sangkien(*typed, **settings)
    assert answer.code == 1, answer
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert answer.words
    return answer.words


def mistyped(*typed: object, **settings: str) -> str:
    """Type a command wrongly; answers what is said about it."""
    answer = sangkien(*typed, **settings)
    assert answer.code == 2, answer
    assert answer.out == ""
    return answer.words


@pytest.fixture(scope="module")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of the sample as a file of their own."""
    path = tmp_path_factory.mktemp("files") / "declarations.jsonl"
    with (SAMPLE / "declarations.jsonl").open(encoding="utf-8") as sample:
        path.write_text("".join(islice(sample, IDEAS)), encoding="utf-8")
    return path


FOUNDED: Final = ("--units", SAMPLE / "units.jsonl", "--programme", SAMPLE / "programme.json")


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory, declarations: Path) -> Path:
    """A simulated home with the first ideas of the sample, matched. Nobody writes into this one."""
    home = tmp_path_factory.mktemp("matched") / "home"
    done("init", "--data", home, *FOUNDED, "--simulated")
    done("import", declarations, "--data", home, "--simulate-clock")
    done("match", "--data", home)
    return home


@pytest.fixture
def home(matched: Path, tmp_path: Path) -> Path:
    """The same, to write into."""
    return Path(shutil.copytree(matched, tmp_path / "home"))


@pytest.fixture
def real_home(tmp_path: Path) -> Path:
    """A home of the small programme, which is no simulation."""
    home = tmp_path / "real"
    done("init", "--data", home, *small_files(tmp_path))
    return home


def small_files(folder: Path) -> tuple[object, ...]:
    """The small programme as the files that `init` takes."""
    units, programme = folder / "units.jsonl", folder / "programme.json"
    units.write_text("\n".join(u.model_dump_json() for u in UNITS), encoding="utf-8")
    programme.write_text(PROGRAMME.model_dump_json(by_alias=True), encoding="utf-8")
    return "--units", units, "--programme", programme


def head(home: Path) -> int:
    """The last position on record."""
    found: int = done("doctor", "--data", home, "--json").json["head"]
    return found


def case_of(home: Path, idea: str) -> str:
    """The case that an idea is in."""
    (found,) = (c for c in done("cases", "--data", home, "--jsonl").rows if idea in c["ideas"])
    case: str = found["case"]
    return case


def key(home: Path, role: str, unit: str) -> str:
    """A key for a role in a part of the tree."""
    return done("key", "create", "--role", role, "--unit", unit, "--data", home).out.strip()


def rule(home: Path, idea: str, code: str = "duplicate-in-unit", *, unit: str = "vn") -> int:
    """Rule on an idea as a reviewer; answers the position of the ruling."""
    answer = done(
        *("rule", case_of(home, idea), "--member", idea, "--code", code, "--reason", "Chép lại"),
        *("--as", key(home, "reviewer", unit), "--data", home, "--json"),
    )
    found: int = answer.json["position"]
    return found


# init


def test_init_says_what_the_files_hold_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    init = ("init", "--data", tmp_path / "home", *FOUNDED, "--simulated", "--json")
    first = done(*init).json
    assert (first["units"], first["programme"], first["targets"]) == (29, "1tr", 57)
    position = head(tmp_path / "home")
    assert position == first["recorded"] > 0
    assert done(*init).json == {**first, "recorded": 0}
    assert done("init", "--data", tmp_path / "home", *FOUNDED).out
    assert head(tmp_path / "home") == position


def test_init_names_the_wrong_lines_of_a_file_and_records_nothing(tmp_path: Path) -> None:
    files = small_files(tmp_path)
    with (tmp_path / "units.jsonl").open("a", encoding="utf-8") as units:
        units.write('\n{"code": "x"}\n{')
    said = refused("init", "--data", tmp_path / "home", *files)
    assert "Nothing was recorded" in said
    assert f"units.jsonl:{len(UNITS) + 1}: name: Thiếu thông tin bắt buộc" in said
    assert f"units.jsonl:{len(UNITS) + 2}: " in said
    assert head(tmp_path / "home") == 0


def test_init_does_not_make_a_simulation_of_a_real_ledger(real_home: Path, tmp_path: Path) -> None:
    said = refused("init", "--data", real_home, *small_files(tmp_path), "--simulated")
    assert "cannot become a simulation" in said


def test_init_wants_its_files(tmp_path: Path) -> None:
    assert "--units" in mistyped("init", "--data", tmp_path)
    nowhere = ("--units", tmp_path / "none", "--programme", tmp_path / "none")
    assert "does not exist" in mistyped("init", "--data", tmp_path, *nowhere)


# import and template


def test_import_records_each_declaration_at_its_filing_under_a_simulated_clock(
    matched: Path, declarations: Path
) -> None:
    sent = [json.loads(row) for row in declarations.read_text(encoding="utf-8").splitlines()]
    facts = done("events", "--data", matched, "--type", "idea.declared", "--jsonl").rows
    assert done("events", "--data", matched, "--title", "khôngcótừnày", "--jsonl").rows == []
    assert "từ một đến hai mươi từ" in refused("events", "--data", matched, "--title", "?")
    assert [fact["facts"]["external_id"] for fact in facts] == [row["external_id"] for row in sent]
    assert [fact["recorded"] for fact in facts] == [row["filed_at"] for row in sent]


def test_import_again_replays_everything_and_changes_nothing(
    home: Path, declarations: Path
) -> None:
    before = head(home)
    again = done("import", declarations, "--data", home, "--simulate-clock", "--json").json
    assert again["seconds"] >= 0
    counts = {k: again[k] for k in ("read", "accepted", "replayed", "rejected", "errors")}
    assert counts == {
        "read": IDEAS,
        "accepted": 0,
        "replayed": IDEAS,
        "rejected": 0,
        "errors": [],
    }
    assert head(home) == before


def test_import_under_another_senders_name_declares_anew(home: Path, declarations: Path) -> None:
    answer = done("import", declarations, "--data", home, "--sender", "portal", "--json").json
    assert (answer["accepted"], answer["replayed"]) == (IDEAS, 0)
    senders = [
        e["facts"]["sender"]
        for e in done("events", "--data", home, "--type", "idea.declared", "--jsonl").rows
    ]
    assert senders == ["cli"] * IDEAS + ["portal"] * IDEAS


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two good rows, and one of each kind of bad one between them."""
    path = tmp_path / "mixed.jsonl"
    rows = [
        line(external_id="A"),
        line(external_id="B", unit="p99"),
        b"",
        line(external_id="C", title=7),
        line(external_id="A", title="Tên khác"),
        b"\xff\xfe",
        line(external_id="D", filed_at="2099-01-01T00:00:00+07:00"),
        line(external_id="E", programme="2tr"),
        line(external_id="F"),
    ]
    path.write_bytes(b"\n".join(rows))
    return path


BAD_ROWS: Final = [
    (2, "unit", "unknown-unit"),
    (4, "title", "not-text"),
    (5, "external_id", "conflict"),
    (6, "", "invalid-utf8"),
    (7, "filed_at", "filed-in-future"),
    (8, "programme", "unknown-programme"),
]


def test_import_names_each_bad_row_and_takes_the_good_ones(real_home: Path, mixed: Path) -> None:
    answer = sangkien("import", mixed, "--data", real_home, "--json")
    assert answer.code == 1
    said = answer.json
    assert {k: said[k] for k in ("read", "accepted", "replayed", "rejected")} == {
        "read": 8,
        "accepted": 2,
        "replayed": 0,
        "rejected": 6,
    }
    assert [(e["row"], e["field"], e["code"]) for e in said["errors"]] == BAD_ROWS
    assert all(error["message"] for error in said["errors"])
    assert said["warnings"][0]["code"] == "same-text"
    again = sangkien("import", mixed, "--data", real_home, "--json")
    assert (again.code, again.json["replayed"], again.json["rejected"]) == (1, 2, 6)


def test_a_dry_run_says_the_same_and_records_nothing(real_home: Path, mixed: Path) -> None:
    before = head(real_home)
    dry = sangkien("import", mixed, "--data", real_home, "--dry-run", "--json")
    assert dry.code == 1
    assert head(real_home) == before
    wet = sangkien("import", mixed, "--data", real_home, "--json")
    told = {k: v for k, v in dry.json.items() if k not in {"suspects", "quota"}}
    assert {**told, "seconds": 0} == {**wet.json, "seconds": 0}


def test_a_dry_run_names_copies_of_what_is_on_record_and_what_targets_would_come_to(
    home: Path, tmp_path: Path
) -> None:
    first = json.loads((SAMPLE / "declarations.jsonl").read_text("utf-8").splitlines()[0])
    file = tmp_path / "again.jsonl"
    file.write_text(json.dumps({**first, "external_id": "khác"}) + "\n", encoding="utf-8")
    before = head(home)
    dry = done("import", file, "--data", home, "--dry-run", "--json").json
    assert head(home) == before
    (suspect,) = dry["suspects"]
    assert (suspect["row"], suspect["of"], suspect["band"]) == (1, first["external_id"], "exact")
    assert dry["quota"]
    assert {row["after"] - row["gross"] for row in dry["quota"]} == {1}
    shown = done("import", file, "--data", home, "--dry-run").out
    assert "Giống bản đã kê khai" in shown
    assert "Chỉ tiêu nếu nhập" in shown


def test_import_speaks_vietnamese_unless_english_is_asked_for(real_home: Path, mixed: Path) -> None:
    vietnamese = sangkien("import", mixed, "--data", real_home, "--dry-run", "--json").json
    assert vietnamese["errors"][0]["message"].startswith("Không có đơn vị này trong cây tổ chức")
    english = sangkien(
        "import", mixed, "--data", real_home, "--dry-run", "--json", LANGUAGE="en"
    ).json
    assert english["errors"][0]["message"].startswith("There is no such unit in the tree")


def test_import_shows_people_a_table_of_the_bad_rows(real_home: Path, mixed: Path) -> None:
    answer = sangkien("import", mixed, "--data", real_home)
    assert answer.code == 1
    assert "nhận 2, đã có 0, từ chối 6" in answer.out
    assert "unknown-unit" in answer.out


def test_import_does_not_simulate_the_clock_of_a_real_ledger(real_home: Path, mixed: Path) -> None:
    said = refused("import", mixed, "--data", real_home, "--simulate-clock")
    assert "Chỉ dùng được trên sổ ghi mô phỏng" in said


def test_import_says_which_files_it_reads(real_home: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("x")
    assert "chỉ đọc .jsonl" in refused("import", tmp_path / "list.txt", "--data", real_home)
    assert "does not exist" in mistyped("import", tmp_path / "no.jsonl", "--data", real_home)


def test_the_template_is_an_empty_import_file(real_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "mẫu.xlsx"
    assert str(path) in done("template", path).out.replace("\n", "")
    answer = done("import", path, "--data", real_home, "--json").json
    assert (answer["read"], answer["errors"]) == (0, [])


def test_the_template_says_where_it_cannot_be_written(tmp_path: Path) -> None:
    assert "cannot write" in refused("template", tmp_path / "none" / "mẫu.xlsx")
    assert "must end in .xlsx" in mistyped("template", tmp_path / "mẫu.csv")


# match, flags, cases


def test_match_says_what_it_compared_and_a_second_time_there_is_nothing(
    tmp_path: Path, declarations: Path
) -> None:
    home = tmp_path / "home"
    done("init", "--data", home, *FOUNDED, "--simulated")
    done("import", declarations, "--data", home, "--simulate-clock")
    first = done("match", "--data", home, "--json").json
    assert (first["ideas"], first["flags"]) == (IDEAS, 2)
    assert first["model"].startswith("sha256:")
    assert first["seconds"] > 0
    for _ in range(2):
        again = done("match", "--data", home, "--json").json
        assert (again["ideas"], again["flags"], again["model"]) == (0, 0, first["model"])


def test_flags_are_listed_by_the_positions_of_their_ideas(matched: Path) -> None:
    flags = done("flags", "--data", matched, "--jsonl").rows
    assert [(f["idea"], f["of"]) for f in flags] == [("sk-017", "sk-001"), ("sk-019", "sk-004")]
    declared = {
        e["facts"]["external_id"]: e["position"]
        for e in done("events", "--data", matched, "--type", "idea.declared", "--jsonl").rows
    }
    for flag in flags:
        assert flag["position"] == declared[flag["idea"]] > declared[flag["of"]]
        assert (flag["sender"], flag["of_sender"]) == ("cli", "cli")
        assert (flag["band"], flag["tier"]) == ("exact", "unit")
        assert 0 <= flag["score"] <= 1
        assert flag["parts"]
        assert all(0 <= part <= 1 for part in flag["parts"].values())
        assert flag["model"].startswith("sha256:")
        assert flag["rules_version"] >= 1
        for standard in (flag["idea_standard"], flag["of_standard"]):
            assert all(isinstance(sentence, int) for sentence in standard)


def test_cases_are_listed_by_state(home: Path) -> None:
    cases = done("cases", "--data", home, "--jsonl", "--state", "open").rows
    assert [(c["ideas"], c["canonical"]) for c in cases] == [
        (["sk-001", "sk-017"], "sk-001"),
        (["sk-004", "sk-019"], "sk-004"),
    ]
    for case in cases:
        assert (case["state"], case["band"], case["senders"]) == ("open", "exact", ["cli"] * 2)
        assert case["position"] <= head(home)
    rule(home, "sk-017")
    still = done("cases", "--data", home, "--jsonl", "--state", "open").rows
    ruled = done("cases", "--data", home, "--jsonl", "--state", "ruled").rows
    assert [c["case"] for c in still] == [cases[1]["case"]]
    assert [c["case"] for c in ruled] == [cases[0]["case"]]
    assert len(done("cases", "--data", home, "--jsonl").rows) == 2
    assert "--state" in mistyped("cases", "--data", home, "--state", "closed")


# rule


def test_a_ruling_takes_a_copy_out_of_net_and_stays_on_record(home: Path) -> None:
    before = done("board", "leaderboard", "--data", home, "--json").json
    case = case_of(home, "sk-017")
    answer = done(
        *("rule", case, "--member", "sk-017", "--code", "duplicate-in-unit"),
        *("--reason", "Chép nguyên văn", "--as", key(home, "reviewer", "ct"), "--data", home),
        "--json",
    ).json
    assert answer == {"case": case, "position": head(home)}
    after = done("board", "leaderboard", "--data", home, "--json").json
    assert (before["total"], before["net_total"]) == (IDEAS, NET)
    assert (after["total"], after["net_total"]) == (IDEAS, NET - 1)
    (event,) = done("events", "--data", home, "--type", "case.member-ruled", "--jsonl").rows
    assert (event["position"], event["role"]) == (answer["position"], "reviewer")
    assert event["facts"]["reason"] == "Chép nguyên văn"


def test_a_ruling_is_only_for_a_reviewer_of_that_part_of_the_tree(home: Path) -> None:
    ruling = ("rule", case_of(home, "sk-017"), "--member", "sk-017", "--code", "copied")
    given = (*ruling, "--reason", "Chép", "--data", home)
    before = head(home)
    for role in ("client", "manager", "auditor", "operator"):
        said = refused(*given, "--as", key(home, role, "vn"))
        assert "Vai trò hoặc phạm vi của khóa này không cho phép" in said
        assert f"A key with role {role} may not rule" in said
    said = refused(*given, "--as", key(home, "reviewer", "bk"))
    assert "outside the subtree of bk" in said
    assert "khóa không hợp lệ" in refused(*given, "--as", "sk_nobody")
    assert head(home) == before + 5, "only the keys were recorded"


def test_a_ruling_names_a_case_a_member_a_code_and_a_reason(home: Path) -> None:
    case = case_of(home, "sk-017")
    by = ("--as", key(home, "reviewer", "vn"), "--data", home)
    code, reason = ("--code", "copied"), ("--reason", "Chép")
    unknown = "0190a5b0-0000-7000-8000-000000000000"
    assert "There is no such case" in refused(
        "rule", unknown, "--member", "sk-017", *code, *reason, *by
    )
    assert "không thuộc hồ sơ" in refused("rule", case, "--member", "sk-002", *code, *reason, *by)
    assert "Idea nobody is not a member" in refused(
        "rule", case, "--member", "nobody", *code, *reason, *by
    )
    assert "Cần ghi lý do" in refused(
        "rule", case, "--member", "sk-017", *code, "--reason", " ", *by
    )
    assert "sáng kiến gốc" in refused("rule", case, "--member", "sk-001", *code, *reason, *by)
    assert "--reason" in mistyped("rule", case, "--member", "sk-017", *code, *by)
    assert "--code" in mistyped("rule", case, "--member", "sk-017", "--code", "bad", *reason, *by)
    assert "--as" in mistyped("rule", case, "--member", "sk-017", *code, *reason, "--data", home)
    assert "valid UUID" in mistyped("rule", "7", "--member", "sk-017", *code, *reason, *by)


def test_a_key_may_come_from_the_environment(home: Path) -> None:
    ruling = ("rule", case_of(home, "sk-017"), "--member", "sk-017", "--code", "independent")
    done(*ruling, "--reason", "Khác", "--data", home, KEY=key(home, "reviewer", "ct-ck-01"))
    assert done("board", "leaderboard", "--data", home, "--json").json["net_total"] == NET


# exclude, split, join


def test_a_member_is_excluded_and_counts_again(home: Path) -> None:
    case = case_of(home, "sk-017")
    rule(home, "sk-017")
    by = ("--reason", "Việc khác", "--as", key(home, "reviewer", "vn"), "--data", home)
    answer = done("exclude", case, "--member", "sk-017", *by, "--json").json
    assert answer == {"case": case, "position": head(home)}
    assert done("board", "leaderboard", "--data", home, "--json").json["net_total"] == NET
    assert "không thuộc hồ sơ" in refused("exclude", case, "--member", "sk-017", *by)
    done("match", "--rescore", "--data", home)
    (found,) = (c for c in done("cases", "--data", home, "--jsonl").rows if c["case"] == case)
    assert [m["left"] for m in found["members"]] == [False, True]
    assert done("verify", "--data", home, "--json").json["ok"]


def test_cases_are_joined_and_split_and_shown_to_people(home: Path) -> None:
    case, other = case_of(home, "sk-017"), case_of(home, "sk-019")
    by = ("--reason", "Một việc", "--as", key(home, "reviewer", "vn"), "--data", home)
    joined = done("join", case, other, *by, "--json").json
    assert joined == {"case": case, "joined": other, "position": head(home)}
    (gone,) = done("cases", "--data", home, "--jsonl", "--state", "joined").rows
    assert (gone["case"], gone["joined_into"]) == (other, case)
    assert f"nhập vào hồ sơ {case}" in refused(
        "rule", other, "--member", "sk-019", "--code", "copied", *by
    )
    members = ("--member", "sk-004", "--member", "sk-019")
    split = done("split", case, *members, *by, "--json").json
    assert split["came_from"] == case
    (new,) = (
        c for c in done("cases", "--data", home, "--jsonl").rows if c["case"] == split["case"]
    )
    assert (new["ideas"], new["canonical"], new["state"]) == (
        ["sk-004", "sk-019"],
        "sk-004",
        "open",
    )
    assert "Đã tách 1 sáng kiến" in done("split", case, "--member", "sk-017", *by).out
    assert done("verify", "--data", home, "--json").json["ok"]


def test_mending_is_only_for_a_reviewer_of_that_part_of_the_tree(home: Path) -> None:
    case, other = case_of(home, "sk-017"), case_of(home, "sk-019")
    by = ("--reason", "Thử", "--as", key(home, "reviewer", "bk"), "--data", home)
    before = head(home)
    assert "outside the subtree" in refused("exclude", case, "--member", "sk-017", *by)
    assert "outside the subtree" in refused("split", case, "--member", "sk-017", *by)
    assert "outside the subtree" in refused("join", case, other, *by)
    assert head(home) == before


# rule-all, undo-rulings


def listed(path: Path, *rows: object) -> Path:
    """A file of rulings, one a line."""
    told = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(told), encoding="utf-8")
    return path


def ruling_of(home: Path, idea: str, code: str = "duplicate-in-unit") -> JSONObject:
    return {"case": case_of(home, idea), "member": idea, "code": code, "reason": "Chép lại"}


def test_a_list_is_tried_given_and_undone(home: Path, tmp_path: Path) -> None:
    file = listed(
        tmp_path / "list.jsonl",
        ruling_of(home, "sk-017"),
        "",
        ruling_of(home, "sk-019", "independent"),
    )
    by = ("--as", key(home, "reviewer", "vn"), "--data", home)
    before = head(home)
    tried = done("rule-all", file, *by, "--dry-run", "--json").json
    assert head(home) == before
    assert (tried["dry_run"], tried["id"], tried["position"]) == (True, None, None)
    assert (tried["rulings"], tried["cases"], tried["turned"]) == (2, 2, 0)
    assert (tried["leaving_net"], tried["returning_to_net"]) == (1, 0)
    (unit,) = tried["units"]
    assert (unit["net"], unit["duplicate"]) == (-1, 1)
    assert "chưa ghi gì" in done("rule-all", file, *by, "--dry-run").out

    given = done("rule-all", file, *by, "--json").json
    assert given["position"] == head(home) == before + 3
    assert {**given, "dry_run": True, "id": None, "position": None} == tried
    board = done("board", "leaderboard", "--data", home, "--json").json
    assert board["net_total"] == NET - 1

    rule(home, "sk-019", "copied")
    undoing = ("undo-rulings", given["id"], "--reason", "Nhầm danh sách", *by)
    undone = done(*undoing, "--json").json
    assert (undone["undone"], [left["why"] for left in undone["left_alone"]]) == (1, ["changed"])
    board = done("board", "leaderboard", "--data", home, "--json").json
    assert board["net_total"] == NET - 1, "only what was ruled since is out"
    assert "đã được hủy trước đó" in refused(*undoing)
    assert done("verify", "--data", home, "--json").json["ok"]


def test_a_list_names_each_bad_line_and_records_nothing(home: Path, tmp_path: Path) -> None:
    good = ruling_of(home, "sk-017")
    by = ("--as", key(home, "reviewer", "vn"), "--data", home)
    before = head(home)
    said = refused(
        "rule-all",
        listed(
            tmp_path / "bad.jsonl",
            good,
            "{",
            {**good, "code": "bad"},
            {**good, "member": "sk-002"},
            {**good, "case": "0190a5b0-0000-7000-8000-000000000000"},
            '{"case": 1, "case": 2}',
            {**good, "reason": " "},
        ),
        *by,
    )
    assert "chưa ghi gì" in said
    assert all(f"dòng (line) {n}: " in said for n in range(2, 8))
    assert "dòng (line) 1: " not in said
    twice = listed(tmp_path / "twice.jsonl", good, good, {**good, "member": "sk-001"})
    said = refused("rule-all", twice, *by)
    assert "dòng (line) 2: Sáng kiến này đã có trong danh sách" in said
    assert "dòng (line) 3: Không kết luận trên sáng kiến gốc" in said
    assert head(home) == before


def test_a_list_is_held_to_its_cap_and_to_the_callers_part_of_the_tree(
    home: Path, tmp_path: Path
) -> None:
    file = listed(tmp_path / "list.jsonl", *(ruling_of(home, i) for i in ("sk-017", "sk-019")))
    reviewer = key(home, "reviewer", "vn")
    assert "nhiều hơn mức 1" in refused(
        "rule-all", file, "--as", reviewer, "--cap", "1", "--data", home
    )
    for role, unit in (("auditor", "vn"), ("reviewer", "bk")):
        said = refused("rule-all", file, "--as", key(home, role, unit), "--data", home)
        assert "không cho phép" in said
    assert "no ruling" in refused(
        "rule-all", listed(tmp_path / "empty.jsonl"), "--as", reviewer, "--data", home
    )


# board


def test_the_leaderboard_says_what_each_unit_counts_and_the_whole_level(home: Path) -> None:
    rule(home, "sk-017")
    board = done("board", "leaderboard", "--data", home, "--json").json
    assert datetime.fromisoformat(board["at"]).utcoffset() == timedelta(hours=7)
    assert board["position"] == head(home)
    assert (board["total"], board["not_yet_matched"]) == (IDEAS, 0)
    assert board["simulated"] is True
    assert [(r["rank"], r["unit"], r["gross"], r["net"]) for r in board["rows"]] == [
        (1, "bk", 11, 10),
        (2, "tn", 6, 6),
        (3, "ct", 3, 2),
    ]
    assert [r["name"] for r in board["rows"]][2] == "Công đoàn Công Thương Việt Nam"
    assert [r["duplicate_rate"] for r in board["rows"]] == [0, 0, pytest.approx(1 / 3)]
    assert [r["share"] for r in board["rows"]] == [pytest.approx(n / IDEAS) for n in (11, 6, 3)]


def test_the_leaderboards_total_is_the_whole_level_however_many_rows_are_shown(
    matched: Path,
) -> None:
    for level in Level:
        board = done(
            "board", "leaderboard", "--level", level, "--top", 1, "--data", matched, "--json"
        ).json
        assert board["total"] == IDEAS
        assert len(board["rows"]) == 1
        assert 0 < board["rows"][0]["share"] <= 1


@pytest.mark.parametrize("measure", ["gross", "net", "percent", "per-1000", "people", "benefit"])
def test_the_leaderboard_ranks_by_each_measure(matched: Path, measure: str) -> None:
    rows = done("board", "leaderboard", "--measure", measure, "--data", matched, "--json").json[
        "rows"
    ]
    values = [row["value"] for row in rows]
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert values == sorted(values, reverse=True)
    assert all(value > 0 for value in values)


def test_what_was_not_matched_yet_is_said(tmp_path: Path, declarations: Path) -> None:
    home = tmp_path / "home"
    done("init", "--data", home, *FOUNDED, "--simulated")
    done("import", declarations, "--data", home, "--simulate-clock")
    board = done("board", "leaderboard", "--data", home, "--json").json
    assert board["not_yet_matched"] == IDEAS
    assert f"{IDEAS} chưa đối chiếu" in done("board", "leaderboard", "--data", home).out


def test_the_leaderboard_is_asked_as_of_an_instant_or_a_position_both_inclusive(
    matched: Path,
) -> None:
    facts = done("events", "--data", matched, "--type", "idea.declared", "--jsonl").rows
    tenth = facts[9]
    moment = datetime.fromisoformat(tenth["recorded"])

    def total(at: object) -> tuple[int, int]:
        board = done("board", "leaderboard", "--data", matched, "--at", at, "--json").json
        return board["total"], board["position"]

    assert total(tenth["position"]) == (10, tenth["position"])
    assert total(tenth["position"] - 1) == (9, tenth["position"] - 1)
    assert total(moment.isoformat()) == (10, tenth["position"])
    assert total((moment - timedelta(microseconds=1)).isoformat())[0] == 9
    assert total("2021-09-01T00:00:00+07:00")[0] == 0
    assert total(10**30) == (IDEAS, head(matched))


def test_there_is_no_board_from_before_the_programme_was_opened(matched: Path) -> None:
    for at in ("2021-08-31T23:59:59+07:00", 0, 1):
        said = refused("board", "leaderboard", "--data", matched, "--at", at)
        assert "Programme 1tr was not yet on record at that moment" in said


@pytest.mark.parametrize("at", ["yesterday", "2022-04-20", "2022-04-20T08:00:00", "-1", "", "1.5"])
def test_an_instant_has_an_offset(matched: Path, at: str) -> None:
    said = refused("board", "leaderboard", "--data", matched, f"--at={at}")
    assert "Không phải thời điểm hợp lệ" in said


def test_the_corrected_axis_asks_what_was_true_by_all_that_is_known_later(home: Path) -> None:
    declared = done("events", "--data", home, "--type", "idea.declared", "--jsonl").rows
    (then,) = (e["recorded"] for e in declared if e["facts"]["external_id"] == "sk-017")
    position = rule(home, "sk-017")

    def net(*asked: object) -> int:
        board = done("board", "leaderboard", "--data", home, "--at", then, *asked, "--json").json
        assert board["total"] == 17
        found: int = board["net_total"]
        return found

    assert net() == net("--axis", "known") == 16
    assert net("--axis", "corrected") == 15
    assert net("--axis", "corrected", "--known-at", position) == 15
    assert net("--axis", "corrected", "--known-at", position - 1) == 16
    assert "--axis" in mistyped("board", "leaderboard", "--data", home, "--axis", "true")


def test_quota_says_how_far_each_target_is_reached_in_percent(home: Path) -> None:
    rule(home, "sk-019")
    board = done("board", "quota", "--data", home, "--json").json
    assert board["position"] == head(home)
    assert datetime.fromisoformat(board["at"])
    assert len(board["rows"]) == 57
    for row in board["rows"]:
        assert row["name"]
        assert row["percent"] == pytest.approx(100 * row["gross"] / row["target"])
        assert row["net_percent"] == pytest.approx(100 * row["net"] / row["target"])
        assert row["exceeded_by"] == row["gross"] - row["target"]
        assert row["net_exceeded_by"] == row["net"] - row["target"]
        assert (row["reached_at"] is None) is (row["exceeded_by"] < 0)
        assert (row["net_reached_at"] is None) is (row["net_exceeded_by"] < 0)
    (nation,) = done(
        *("board", "quota", "--data", home, "--unit", "vn", "--phase", "whole"),
        *("--kind", "orientation", "--json"),
    ).json["rows"]
    assert (nation["unit"], nation["target"]) == ("vn", 85)
    assert (nation["gross"], nation["net"]) == (IDEAS, NET - 1)


def test_quota_is_asked_by_unit_phase_kind_and_instant(matched: Path) -> None:
    def rows(*asked: object) -> list[JSONObject]:
        found: list[JSONObject] = done("board", "quota", "--data", matched, *asked, "--json").json[
            "rows"
        ]
        return found

    assert {r["unit"] for r in rows("--unit", "bk")} == {"bk"}
    assert {r["kind"] for r in rows("--kind", "assigned")} == {"assigned"}
    assert {r["phase"] for r in rows("--phase", "1")} == {"1"}
    assert {r["phase"] for r in rows("--phase", "whole")} == {None}
    assert all(r["gross"] == 0 for r in rows("--at", "2022-02-01T00:00:00+07:00"))
    assert rows("--at", "2022-01-01T00:00:00+07:00") == [], "no document is that old"
    assert "Không có đơn vị này" in refused("board", "quota", "--data", matched, "--unit", "zz")
    assert "no phase 9" in refused("board", "quota", "--data", matched, "--phase", "9")
    assert "--kind" in mistyped("board", "quota", "--data", matched, "--kind", "wished")


def test_milestones_say_which_idea_was_the_nth_handed_in_and_the_nth_valid_one(home: Path) -> None:
    def milestone(count: int) -> tuple[str | None, str | None]:
        found = done("board", "milestones", "--count", count, "--data", home, "--json").json
        for reached in filter(None, (found["gross"], found["net"])):
            assert datetime.fromisoformat(reached["at"])
            assert 0 < reached["position"] <= head(home)
            assert reached["sender"] == "cli"
        return tuple(reached and reached["idea"] for reached in (found["gross"], found["net"]))

    assert milestone(1) == ("sk-001", "sk-001")
    assert milestone(NET) == ("sk-019", "sk-020")
    assert milestone(IDEAS) == ("sk-020", None)
    assert milestone(1_000_000) == (None, None)
    assert "chưa đạt" in done("board", "milestones", "--count", 50, "--data", home).out
    assert "--count" in mistyped("board", "milestones", "--count", 0, "--data", home)
    assert "--count" in mistyped("board", "milestones", "--data", home)


def test_units_under_half_of_their_target_are_listed_the_least_first(matched: Path) -> None:
    board = done("board", "under", "--data", matched, "--json").json
    percents = [row["percent"] for row in board["rows"]]
    assert board["count"] == len(percents) > 0
    assert percents == sorted(percents)
    assert all(percent < 50 for percent in percents)
    few = done("board", "under", "--share", 0.15, "--data", matched, "--json").json
    assert {r["unit"] for r in few["rows"]} < {r["unit"] for r in board["rows"]}


@pytest.mark.parametrize("board", ["leaderboard", "quota", "under"])
def test_boards_are_tables_for_people(matched: Path, board: str) -> None:
    shown = done("board", board, "--data", matched).out
    assert "LĐLĐ tỉnh Bắc Kạn" in shown
    assert "{" not in shown


def test_with_several_programmes_a_board_shows_the_latest_or_the_one_named(
    home: Path, tmp_path: Path
) -> None:
    files = small_files(tmp_path)
    earlier = {"code": "75n", "from_": PROGRAMME.from_ - timedelta(days=300)}
    other = PROGRAMME.model_copy(update=earlier).model_dump_json(by_alias=True)
    (tmp_path / "programme.json").write_text(other, encoding="utf-8")
    (tmp_path / "units.jsonl").write_text(
        (SAMPLE / "units.jsonl").read_text(encoding="utf-8"), encoding="utf-8"
    )
    done("init", "--data", home, *files)
    for named, programme, total in (
        ((), "1tr", IDEAS),
        (("--programme", "1tr"), "1tr", IDEAS),
        (("--programme", "75n"), "75n", 0),
    ):
        board = done("board", "leaderboard", *named, "--data", home, "--json").json
        assert (board["programme"], board["total"]) == (programme, total)
    said = refused("board", "quota", "--programme", "9", "--data", home)
    assert "Open programmes: 1tr, 75n" in said


# events, timeline, explain


def test_events_are_listed_with_position_instant_actor_and_correlation(matched: Path) -> None:
    facts = done("events", "--data", matched, "--jsonl").rows
    assert [fact["position"] for fact in facts] == list(range(1, head(matched) + 1))
    instants = [datetime.fromisoformat(fact["recorded"]) for fact in facts]
    assert instants == sorted(instants)
    assert {fact["actor"] for fact in facts} > {"operator", "matcher"}
    assert all(fact["correlation"] for fact in facts)


def test_events_never_hold_texts_or_names(matched: Path, declarations: Path) -> None:
    shown = done("events", "--data", matched, "--jsonl").out
    for row in map(json.loads, declarations.read_text(encoding="utf-8").splitlines()):
        assert row["title"] not in shown
        assert row["solution"] not in shown
        assert not [a for a in row["authors"] if a["name"] in shown or a["person"] in shown]


def test_events_are_found_by_position_type_unit_instant_and_actor(matched: Path) -> None:
    def found(*asked: object) -> list[JSONObject]:
        return done("events", "--data", matched, *asked, "--jsonl").rows

    last = head(matched)
    assert [e["position"] for e in found("--from", last - 1)] == [last - 1, last]
    assert len(found("--from", 0)) == last
    assert found("--from", 2**63 - 1) == []
    assert {e["type"] for e in found("--type", "flag.raised")} == {"flag.raised"}
    assert {e["actor"] for e in found("--actor", "matcher")} == {"matcher"}
    everything = {e["type"] for e in found("--unit", "ct")}
    assert everything > {"unit.founded", "unit.heads-counted", "idea.declared", "case.opened"}
    ideas = found("--unit", "ct", "--type", "idea.declared")
    assert [e["facts"]["external_id"] for e in ideas] == ["sk-001", "sk-010", "sk-017"]
    second, third = (e["recorded"] for e in found("--type", "idea.declared")[1:3])
    between = found("--since", second, "--until", third)
    assert [e["facts"]["external_id"] for e in between] == ["sk-002", "sk-003"]
    same_in_utc = found("--since", "2022-02-15T07:30Z", "--until", "2022-02-17T04:05:00.000Z")
    assert same_in_utc == between


def test_events_refuse_what_there_is_not(matched: Path) -> None:
    assert "Types: " in refused("events", "--data", matched, "--type", "idea.eaten", "--jsonl")
    said = refused("events", "--data", matched, "--unit", "zz", "--jsonl")
    assert "Không có đơn vị này" in said
    said = refused("events", "--data", matched, "--since", "2022-02-15", "--jsonl")
    assert "Không phải thời điểm hợp lệ" in said
    assert "--from" in mistyped("events", "--data", matched, "--from", 10**30)
    assert "--from" in mistyped("events", "--data", matched, "--from", -1)


def test_a_timeline_tells_everything_that_happened_to_an_idea(home: Path) -> None:
    rule(home, "sk-017")
    story = done("timeline", "sk-017", "--data", home, "--json").json
    topics = [happening["topic"] for happening in story["happenings"]]
    assert topics[:3] == ["idea.declared", "flag.raised", "case.opened"]
    assert topics[-1] == "case.member-ruled"
    before = done("timeline", "sk-017", "--data", home, "--at", 134, "--json").json
    assert [h["topic"] for h in before["happenings"]] == ["idea.declared"]
    shown = done("timeline", "sk-017", "--data", home).out.splitlines()
    said = " ".join(row.split("│")[6].strip() for row in shown if row.startswith("│"))
    for words in (
        "kết luận: trùng trong đơn vị",
        "lý do: Chép lại",
        "giống bản trước: sk-001 (cli)",
    ):
        assert words in said
    for code in ("idea.declared", "False", "[]", "{'", "sha256", "None"):
        assert code not in "".join(shown)


def test_a_timeline_is_of_an_idea_that_its_sender_declared(matched: Path) -> None:
    said = refused("timeline", "sk-999", "--data", matched)
    assert "cli declared nothing as sk-999. Check the id and --sender" in said
    assert "portal declared nothing" in refused(
        "timeline", "sk-017", "--sender", "portal", "--data", matched
    )


def test_a_flag_is_explained_in_both_languages(matched: Path) -> None:
    why = done("explain", "sk-017", "sk-001", "--data", matched, "--json").json
    assert 0 <= why["score"] <= 1
    assert why["band"] == "exact"
    assert "cùng công đoàn cơ sở" in why["vi"]
    assert "same grassroots union" in why["en"]
    assert all(0 <= term["weight"] <= 1 for term in why["terms"])
    shown = done("explain", "sk-017", "sk-001", "--data", matched).out
    assert "cùng công đoàn cơ sở" in shown


def test_people_read_the_parts_what_was_copied_and_what_would_drop_the_flag(
    matched: Path, declarations: Path
) -> None:
    typed = ("explain", "sk-017", "sk-001", "--data", matched)
    why, shown = done(*typed, "--json").json, done(*typed).out
    assert "giải pháp: cùng thứ tự từ (order)" in shown
    texts = {
        row["external_id"]: row["solution"]
        for row in map(json.loads, declarations.read_bytes().splitlines())
    }
    for idea, spans in (("sk-017", why["idea_spans"]), ("sk-001", why["of_spans"])):
        assert spans
        for start, end in spans:
            assert f"«{texts[idea][start:end]}»" in shown
    words = " ".join(shown.split())
    assert f"Bỏ {why['words_to_change']} từ chép thì xuống dưới vạch 0,13" in words


def test_who_names_the_earlier_one_first_is_told_that_the_flag_is_the_other_way_round(
    matched: Path,
) -> None:
    words = refused("explain", "sk-001", "sk-017", "--data", matched)
    assert "sk-017 là bản sau, sk-001 là bản trước" in words
    assert "sangkien explain sk-017 sk-001" in words


def test_tables_for_people_say_codes_in_words_and_only_what_is_certain_is_100_percent(
    matched: Path,
) -> None:
    scores = {f["score"] for f in done("flags", "--data", matched, "--jsonl").rows}
    shown = done("flags", "--data", matched).out
    assert "trùng lắp hoàn toàn" in shown
    assert "cùng công đoàn cơ sở" in shown
    assert "exact" not in shown
    assert ("100,0" in shown) == (1.0 in scores)
    shown = done("cases", "--data", matched).out
    assert "đang mở" in shown
    assert "exact" not in shown


def test_a_flag_between_two_senders_is_explained_by_naming_both(
    home: Path, declarations: Path
) -> None:
    done("import", declarations, "--data", home, "--sender", "portal", "--simulate-clock")
    assert done("match", "--data", home, "--json").json["flags"] >= IDEAS
    typed = ("explain", "sk-002", "sk-002", "--sender", "portal", "--data", home, "--json")
    assert done(*typed, "--of-sender", "cli").json["band"] == "exact"
    assert refused(*typed)


def test_what_was_not_flagged_is_not_explained(matched: Path) -> None:
    words = refused("explain", "sk-017", "sk-002", "--data", matched)
    assert "No flag of sk-017 against sk-002 is on record" in words
    assert "declared nothing" in refused("explain", "sk-017", "x", "--data", matched)


# verify, rebuild


def test_verify_folds_everything_anew_and_finds_the_views_true(home: Path) -> None:
    rule(home, "sk-017")
    answer = done("verify", "--data", home, "--json").json
    assert answer["ok"] is True
    assert answer["events"] == answer["position"] == head(home)
    assert set(answer["digests"]) == {"quota", "events", "cases", "timeline"}
    assert answer["seconds"] >= 0
    assert "Khớp" in done("verify", "--data", home).out


def tamper(home: Path, kind: str, change: str) -> None:
    """Change a row of the quota view's tables behind everybody's back."""
    with closing(sqlite3.connect(home / "views.db")) as views, views:
        (table,) = (
            name
            for (name,) in views.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name.startswith(f"quota_{kind}")
        )
        assert views.execute(change.format(table=table)).rowcount == 1


FIRST_SEGMENT: Final = "family = 'entries' AND name = 'gross' AND begin = 0"
LAST_SEGMENT: Final = (
    "family = 'entries' AND name = 'net' AND begin = (SELECT max(begin) FROM {table})"
)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        # The fourth entry counts nothing; the last is missing; an idea is of another programme.
        (
            "columns",
            f"UPDATE {{table}} SET data = CAST(substr(data, 1, 3) || x'00' || substr(data, 5) AS BLOB) "
            f"WHERE {FIRST_SEGMENT}",
            {"family": "entries", "row": 3},
        ),
        (
            "columns",
            f"UPDATE {{table}} SET data = substr(data, 1, length(data) - 1) WHERE {LAST_SEGMENT}",
            {"family": "entries"},
        ),
        ("ideas", "UPDATE {table} SET programme = 'bk' WHERE number = 3", {}),
        ("ideas", "DELETE FROM {table} WHERE number = 3", {}),
    ],
    ids=["a number", "a missing number", "a programme", "a missing row"],
)
def test_verify_names_the_first_row_that_somebody_changed_and_rebuild_puts_it_right(
    home: Path, kind: str, change: str, said: dict[str, object]
) -> None:
    good = done("verify", "--data", home, "--json").json
    tamper(home, kind, change)
    answer = sangkien("verify", "--data", home, "--json")
    assert answer.code == 1
    assert answer.json["ok"] is False
    difference = answer.json["difference"]
    assert (difference["view"], difference["table"]) == ("quota", kind)
    assert difference["live"] != difference["refolded"]
    assert said.items() <= difference.items()
    assert answer.json["digests"] == good["digests"], "they are those of the ledger"
    shown = sangkien("verify", "--data", home)
    assert shown.code == 1
    assert "KHÔNG KHỚP" in shown.out
    rebuilt = done("rebuild", "--data", home, "--json").json
    assert rebuilt["events"] == head(home)
    assert rebuilt["seconds"] > 0
    assert rebuilt["clearing_seconds"] >= 0
    assert done("verify", "--data", home, "--json").json["digests"] == good["digests"]


def test_one_view_is_rebuilt_by_its_name(home: Path) -> None:
    assert done("rebuild", "--view", "cases", "--data", home, "--json").json["events"] == head(home)
    said = refused("rebuild", "--view", "none", "--data", home)
    assert "Views: quota, events, cases, timeline" in said


def test_views_that_are_deleted_are_built_anew_when_they_are_next_read(home: Path) -> None:
    before = done("board", "leaderboard", "--data", home, "--json").json
    for file in home.glob("views.db*"):
        file.unlink()
    assert done("board", "leaderboard", "--data", home, "--json").json == before


# key, unit, rules, doctor, erase


def test_a_key_is_printed_once_and_only_its_hash_is_kept(home: Path) -> None:
    create = ("key", "create", "--role", "client", "--unit", "bk", "--label", "Cổng", "--data")
    answer = done(*create, home)
    secret = answer.out.strip()
    assert secret.startswith("sk_")
    assert "một lần" in answer.words
    for file in home.glob("*.db*"):
        assert secret.encode() not in file.read_bytes()
    said = done(*create, home, "--json").json
    assert (said["role"], said["unit"], said["key"] != secret) == ("client", "bk", True)
    issued = done("events", "--data", home, "--type", "key.issued", "--jsonl").rows
    assert [e["facts"]["label"] for e in issued] == ["Cổng", "Cổng"]
    assert "Không có đơn vị này" in refused(
        "key", "create", "--role", "client", "--unit", "zz", "--data", home
    )
    assert "--role" in mistyped("key", "create", "--role", "king", "--unit", "bk", "--data", home)


def test_a_revoked_key_opens_nothing(home: Path) -> None:
    create = ("key", "create", "--role", "reviewer", "--unit", "vn", "--data", home, "--json")
    issued = done(*create).json
    ruling = (
        *("rule", case_of(home, "sk-017"), "--member", "sk-017", "--code", "copied"),
        *("--reason", "Chép", "--as", issued["key"], "--data", home),
    )
    done(*ruling)
    revoke = ("key", "revoke", issued["id"], "--data", home)
    assert "--reason" in mistyped(*revoke)
    assert "Say why" in refused(*revoke, "--reason", " ")
    assert issued["id"] in done(*revoke, "--reason", "Nghỉ việc").out
    assert "khóa không hợp lệ" in refused(*ruling)
    said = refused(*revoke, "--reason", "Nghỉ việc")
    assert said.startswith("Điều này trái với những gì đã ghi sổ")
    assert "revoked already" in said


def leaders(home: Path, *asked: object) -> dict[str, tuple[str, int]]:
    """Name and gross of each unit of a board."""
    board = done("board", "leaderboard", "--data", home, *asked, "--top", 50, "--json").json
    return {row["unit"]: (row["name"], row["gross"]) for row in board["rows"]}


def test_a_renamed_unit_carries_its_old_name_on_the_boards_of_before(home: Path) -> None:
    before, name = head(home), "LĐLĐ tỉnh Bắc Kạn"
    done("unit", "rename", "bk", "Công đoàn Bắc Kạn", "--on", "2022-04-01", "--data", home)
    assert leaders(home)["bk"] == ("Công đoàn Bắc Kạn", 11)
    assert leaders(home, "--at", before)["bk"] == (name, 11)
    assert (
        leaders(home, "--axis", "corrected", "--at", "2022-03-31T23:59:59+07:00")["bk"][0] == name
    )
    assert "There is no such unit" in refused(
        "unit", "rename", "zz", "Tên", "--on", "2022-04-01", "--data", home
    )
    assert "NAME: Thông tin bắt buộc đang để trống" in refused(
        "unit", "rename", "bk", " ", "--on", "2022-04-01", "--data", home
    )
    assert "--on: Không phải ngày hợp lệ" in refused(
        "unit", "rename", "bk", "Tên", "--on", "01/04/2022", "--data", home
    )


def test_a_moved_unit_counts_where_it_stands_from_its_day_on(home: Path) -> None:
    done("unit", "move", "tn-dt", "--to", "bk", "--on", "2022-04-01", "--data", home)
    assert {unit: gross for unit, (_, gross) in leaders(home).items()} == {
        "bk": 13,
        "tn": 4,
        "ct": 3,
    }
    earlier = leaders(home, "--axis", "corrected", "--at", "2022-03-31T00:00:00+07:00")
    assert (earlier["bk"][1], earlier["tn"][1]) == (8, 6)
    assert "Không có đơn vị này" in refused(
        "unit", "move", "tn-dt", "--to", "zz", "--on", "2022-04-01", "--data", home
    )
    said = refused("unit", "move", "bk", "--to", "tn-dt", "--on", "2022-04-01", "--data", home)
    assert "Cấp trên không phù hợp" in said
    assert done("verify", "--data", home, "--json").json["ok"]


def test_a_merged_unit_takes_no_more_ideas_and_counts_where_it_went(
    home: Path, tmp_path: Path, declarations: Path
) -> None:
    close = ("unit", "close", "bk-nr-02", "--on", "2022-04-01", "--data", home)
    assert "Cấp trên không phù hợp" in refused(*close, "--into", "bk")
    done(*close, "--into", "bk-nr-01")
    assert leaders(home)["bk"][1] == 11
    late = json.loads(declarations.read_text(encoding="utf-8").splitlines()[3])
    late |= {"external_id": "sk-900", "filed_at": "2022-04-01T08:00:00+07:00"}
    path = tmp_path / "late.jsonl"
    path.write_text(json.dumps(late), encoding="utf-8")
    answer = sangkien("import", path, "--data", home, "--simulate-clock", "--json")
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("unit", "unit-closed")]
    said = refused("unit", "rename", "bk-nr-02", "Tên", "--on", "2022-05-01", "--data", home)
    assert "is closed from 2022-04-01 on" in said
    assert "external_id" not in said


def test_rules_are_shown_before_anything_was_matched_and_nothing_is_recorded(
    real_home: Path,
) -> None:
    before = head(real_home)
    assert "thresholds" in json.loads(done("rules", "show", "--data", real_home).out)
    assert head(real_home) == before


def test_rules_are_shown_changed_and_adopted_with_a_reason(home: Path, tmp_path: Path) -> None:
    shown = json.loads(done("rules", "show", "--data", home).out)
    assert set(shown["thresholds"]) == {"similar", "near", "exact"}
    file = tmp_path / "rules.json"
    shown["thresholds"]["near"] = 0.8
    file.write_text(json.dumps(shown), encoding="utf-8")
    adopt = ("rules", "adopt", file, "--data", home)
    assert "Say why" in refused(*adopt, "--reason", "")
    done(*adopt, "--reason", "Biên bản họp 12/4")
    assert json.loads(done("rules", "show", "--data", home).out) == shown
    adopted = done("events", "--data", home, "--type", "matching.rules-adopted", "--jsonl").rows
    assert adopted[-1]["position"] == head(home)
    assert adopted[-1]["facts"]["reason"] == "Biên bản họp 12/4"
    assert "in force already" in refused(*adopt, "--reason", "Biên bản họp 12/4")
    shown["thresholds"]["near"] = 1.5
    file.write_text(json.dumps(shown), encoding="utf-8")
    assert "thresholds.near: " in refused(*adopt, "--reason", "Thử")
    del shown["calibration"]
    shown["thresholds"]["near"] = 0.8
    file.write_text(json.dumps(shown), encoding="utf-8")
    said = refused(*adopt, "--reason", "Thử")
    assert "thiếu calibration" in said
    assert '"calibration": {"a":1.0,"b":1.0,"c":0.0}' in said
    file.write_text("{", encoding="utf-8")
    said = refused(*adopt, "--reason", "Thử")
    assert "Tệp quy tắc không phải JSON hợp lệ" in said
    assert f"{file} is not valid JSON" in said
    assert "does not exist" in mistyped("rules", "adopt", tmp_path / "no", "--reason", "x")


def test_doctor_shows_the_configuration_the_lag_and_the_versions(matched: Path) -> None:
    answer = done("doctor", "--data", matched, "--json").json
    assert answer["settings"]["data"] == str(matched)
    assert answer["head"] > 0
    assert set(answer["lag"]) == {"dedup", "cases", "projections"}
    assert all(lag >= 0 for lag in answer["lag"].values())
    assert (answer["parked"], answer["units"], answer["programmes"]) == (0, 29, ["1tr"])
    assert answer["recorded_ahead_of_clock_seconds"] == 0
    assert answer["versions"]["pydantic"]
    said = done("doctor", "--data", matched).out
    assert "đơn vị (units): 29" in said
    assert "mã (id): sha256:" in said


def test_doctor_masks_secrets(matched: Path, tmp_path: Path) -> None:
    secret = tmp_path / "p4ssw0rd"
    secret.mkdir()
    address = f"sqlite:///{secret / 'views.db'}"
    for how in (["--json"], []):
        answer = done("doctor", "--data", matched, *how, VIEWS_URL=address)
        assert "p4ssw0rd" not in answer.out + answer.err
        assert "**********" in answer.out


def test_an_erased_person_is_gone_and_everything_still_verifies(home: Path) -> None:
    with closing(sqlite3.connect(home / "vault.db")) as vault:
        ((person,),) = vault.execute("SELECT person FROM person_keys LIMIT 1").fetchall()
    erase = ("erase", person, "--data", home, "--json")
    assert "--reason" in mistyped(*erase)
    answer = done(*erase, "--reason", "Đề nghị ngày 2/1/2026").json
    assert answer["position"] == head(home)
    assert "erased already" in refused(*erase, "--reason", "Đề nghị ngày 2/1/2026")
    assert done("verify", "--data", home, "--json").json["ok"]


# demo


def test_the_demo_walks_the_whole_path_and_can_be_asked_more(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    shown = done("demo", "--data", home).out
    for said in ("Nạp mẫu", "hồ sơ đang mở", "Kết luận", "Câu hỏi về quá khứ", "Kiểm tra", "khớp"):
        assert said in shown
    assert "KHÔNG KHỚP" not in shown
    board = done("board", "leaderboard", "--data", home, "--json").json
    assert board["total"] == 87
    assert board["total"] > board["net_total"]
    assert done("verify", "--data", home, "--json").json["ok"]
    again = done("demo", "--data", home).out
    assert "0 bản kê khai mới, 87 đã có" in again


# How it is used


def below(command: object) -> dict[str, object]:
    """The commands of a group."""
    found: dict[str, object] = getattr(command, "commands", {})
    return found


def every_command() -> Iterator[tuple[str, ...]]:
    """Every command there is, groups included."""
    for name, command in below(COMMAND_LINE).items():
        yield (name,)
        yield from ((name, inner) for inner in below(command))


@pytest.mark.parametrize("command", [(), *every_command()], ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    shown = done(*command, "--help").out
    usage, _, said = shown.partition("\n")
    assert usage.startswith("Usage: ")
    first = said.strip().splitlines()[0]
    assert len(first) > 15, "one sentence says what it does"
    assert not first.startswith("Options:")


def test_the_documented_commands_are_all_there() -> None:
    documented = """demo init import template match flags cases rule rule-all undo-rulings exclude split join events verify rebuild serve doctor
        board-leaderboard board-quota board-milestones key-create"""
    known = {"-".join(names) for names in every_command()}
    assert set(documented.split()) <= known


@pytest.mark.parametrize(
    "typed",
    [
        ("fly",),
        ("board", "fly"),
        ("match", "--fly"),
        ("board", "leaderboard", "--level", "village"),
        ("board", "leaderboard", "--top", "0"),
        ("import",),
        ("serve", "kitchen"),
    ],
    ids=" ".join,
)
def test_a_wrong_usage_is_told_apart_from_a_refusal(matched: Path, typed: tuple[str, ...]) -> None:
    data = ("--data", matched) if typed[0] in {"match", "serve"} else ()
    assert mistyped(*typed, *data)


READING: Final = [
    ("match",),
    ("flags", "--jsonl"),
    ("cases", "--jsonl"),
    ("board", "leaderboard"),
    ("events", "--jsonl"),
    ("verify",),
    ("doctor",),
    ("rules", "show"),
]


@pytest.mark.parametrize("typed", READING, ids=" ".join)
def test_a_mistyped_directory_is_no_empty_record(tmp_path: Path, typed: tuple[str, ...]) -> None:
    said = refused(*typed, "--data", tmp_path / "hmoe")
    assert "begin one with 'sangkien init'" in said
    assert not (tmp_path / "hmoe").exists()


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        assert "cannot read or write" in refused("init", "--data", home, *FOUNDED)
        assert refused("board", "leaderboard", "--data", home)


@pytest.mark.parametrize("store", ["ledger", "vault", "views"])
def test_a_damaged_database_is_said_in_words(home: Path, store: str) -> None:
    for file in home.glob(f"{store}.db*"):
        file.unlink()
    (home / f"{store}.db").write_bytes(b"this is no database, whatever its name says" * 100)
    assert "file is not a database" in refused("board", "leaderboard", "--data", home)


def test_without_a_home_it_says_how_to_name_one() -> None:
    said = mistyped("board", "leaderboard")
    assert "give --data DIR, or set SANGKIEN_LEDGER_URL" in said


def test_a_home_may_come_from_the_environment(matched: Path) -> None:
    board = done("board", "leaderboard", "--json", DATA=str(matched)).json
    assert board["total"] == IDEAS


def test_a_setting_that_cannot_be_is_named(matched: Path) -> None:
    said = mistyped("board", "leaderboard", "--data", matched, LANGUAGE="fr")
    assert "SANGKIEN_LANGUAGE: Input should be 'vi' or 'en'" in said


def test_refusals_are_in_vietnamese_and_in_english_where_that_is_asked_for(matched: Path) -> None:
    typed = ("board", "quota", "--unit", "zz", "--data", matched)
    assert refused(*typed).startswith("Không có đơn vị này trong cây tổ chức")
    assert refused(*typed, LANGUAGE="en").startswith("There is no such unit in the tree")


# As a process of its own


def test_as_a_process_it_answers_one_json_object_and_nothing_else(matched: Path) -> None:
    answer = real("board", "leaderboard", "--data", matched, "--json")
    assert answer.code == 0, answer
    assert answer.json["total"] == IDEAS
    assert answer.err == ""


def test_as_a_process_it_refuses_on_standard_error_with_exit_code_1(tmp_path: Path) -> None:
    answer = real("board", "leaderboard", "--data", tmp_path / "none", "--json", LANGUAGE="en")
    assert (answer.code, answer.out) == (1, "")
    assert answer.words.startswith("Not found; check the id. There is no ledger in")


def test_as_a_process_it_ends_a_wrong_usage_with_exit_code_2() -> None:
    answer = real("board", "leaderboard", "--fly")
    assert (answer.code, answer.out) == (2, "")
    assert "No such option: --fly" in answer.words


def test_whoever_reads_only_the_first_lines_is_no_problem(matched: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "services.cli", "events", "--data", str(matched), "--jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=SAMPLE.parents[1],
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["position"] == 1
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_board_starts_without_loading_the_matcher_or_the_web(matched: Path) -> None:
    """The views' columns take numpy; what matches, serves, carries or writes workbooks stays out."""
    heavy = {
        "sklearn",
        "scipy",
        "numba",
        "rapidfuzz",
        "fastapi",
        "starlette",
        "uvicorn",
        "kafka",
        "xlsxwriter",
    }
    code = (
        "import sys; from services.cli import main\n"
        "try: main()\n"
        f"finally: print(sorted(set(sys.modules) & {heavy!r}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "board", "leaderboard", "--data", matched, "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        cwd=SAMPLE.parents[1],
    )
    assert json.loads(done.stdout)["total"] == IDEAS
    assert done.stderr.strip() == "[]"
