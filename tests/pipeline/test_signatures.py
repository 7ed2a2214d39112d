"""Signatures: made here and checked by minisign, and the other way round."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.errors import HubError
from evidencehub.releases.archive import Archive
from evidencehub.releases.signatures import is_signed_by, read_public_key, read_secret_key, sign
from tests.support.dataset_builder import BuildWorkspace
from tests.support.published_hub import PublishedHub, overwrite, revise

SLUG = "toy-repairs"
# keys and signatures that minisign 0.11 made; the password of the encrypted one is “toys”
PUBLIC_KEY = """\
untrusted comment: minisign public key 45624C59A57BB0B2
RWSysHulWUxiRY5uoiaK6fH9zHlqTskK9whaxkej4Srwop574hbYUeUE
"""
SECRET_KEY = """\
untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAsrB7pVlMYkX6cAX9WjqzXLoedAsY/34eL0z95HZNWGJkc9h0/L2ico5uoiaK6fH9zHlqTskK9whaxkej4Srwop574hbYUeUEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
"""
OTHER_PUBLIC_KEY = """\
untrusted comment: minisign public key 30E3AD4FB9D3E2CC
RWTM4tO5T63jME+zgUJS47NklmH3vnE7KBDWiTPjIQQQShMk7auI3qj+
"""
ENCRYPTED_KEY = """\
untrusted comment: minisign encrypted secret key
RWRTY0Iymti8GuurDBU5pMKoOq3M7IfHsOV2r8ZT9FIpLrFDmnYAAAACAAAAAAAAAEAAAAAAfI4puNaNb1Okon1dGLD5yZp6PWHBhuoqOR9fbGe/BdzIh3K5DKrNIJoiFQT6McV6D5135XxLPqdj0HItE1YPLZgUsC6w5yBdbx/1/AsOdTFBYvSsT7Fe6BdcsmMuvnroMs48c5TWhdk=
"""
STATEMENT = b"statement\n"
SIGNATURES = {
    "hashed": """\
untrusted comment: signature from minisign secret key
RUSysHulWUxiRekW3uuMiLCQY5LVFew+8IXvKNLZfSjduVrF9Q32/7GJdAQd6oqPDZWnxC2nJlWozhEoS2NnOsS1PjhWND4PJgE=
trusted comment: a comment
yXJvVcxdDy0QpXVEdE/9QriuGhX/VQQLYImd+BYLqb5x4rgsO6Sg8L7Pokun4Oo8zwPlkdBrie4H761/kE3PDQ==
""",
    "legacy": """\
untrusted comment: signature from minisign secret key
RWSysHulWUxiRXMgw92kkzbzntQIRxA9e1Jfrn5JzDZH0RZwI3FTwjSsr6Rwx3wrllhKDqnFSxp4E4Drf2FSeOuSIDMNX0oTgwU=
trusted comment: a comment
vMPbRqTJzWT8qElRx9g1ZhrRw+I3oOfRBC9oGqxS+6jvon0vdLJ2j/VQaJZpQNGULcYgaNXizP9mvyWRQpwbDA==
""",
}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys of this module."""
    folder = tmp_path / "keys"
    folder.mkdir()
    texts = {
        "hub.pub": PUBLIC_KEY, "hub.key": SECRET_KEY, "other.pub": OTHER_PUBLIC_KEY,
        "other.key": ENCRYPTED_KEY,
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def refuse_to_ask() -> str:
    raise AssertionError


@pytest.mark.parametrize("kind", SIGNATURES)
def test_a_signature_of_minisign_is_taken_and_nothing_else_is(kind: str, keys: Path) -> None:
    key, text = read_public_key(keys / "hub.pub"), SIGNATURES[kind]
    assert is_signed_by(STATEMENT, text, key)
    assert not is_signed_by(STATEMENT + b" ", text, key)
    assert not is_signed_by(STATEMENT, text, read_public_key(keys / "other.pub"))
    assert not is_signed_by(STATEMENT, text.replace("a comment", "b comment"), key)
    assert not is_signed_by(STATEMENT, text.splitlines()[1], key)
    assert not is_signed_by(STATEMENT, "", key)


def test_the_same_statement_gets_the_signature_that_minisign_gives(keys: Path) -> None:
    text = sign(STATEMENT, read_secret_key(keys / "hub.key", refuse_to_ask), "a comment")
    assert text.splitlines()[1:] == SIGNATURES["hashed"].splitlines()[1:]


@given(st.binary(max_size=64), st.data())
def test_no_signature_with_a_changed_character_is_taken(
    tmp_path_factory: pytest.TempPathFactory, statement: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "hub.key").write_text(SECRET_KEY, "utf-8")
    (folder / "hub.pub").write_text(PUBLIC_KEY, "utf-8")
    text = sign(statement, read_secret_key(folder / "hub.key", refuse_to_ask), "toys 1.0.0")
    key = read_public_key(folder / "hub.pub")
    assert is_signed_by(statement, text, key)
    begin = text.index("\n") + 1  # the first comment is not trusted
    place = data.draw(st.integers(begin, len(text) - 2))
    letter = data.draw(st.sampled_from("AbZ09+/ \n").filter(lambda c: c != text[place]))
    assert not is_signed_by(statement, text[:place] + letter + text[place + 1 :], key)


@pytest.mark.slow
def test_a_password_opens_a_key_and_another_does_not(keys: Path) -> None:
    key = read_secret_key(keys / "other.key", lambda: "toys")
    assert is_signed_by(b"a", sign(b"a", key, "b"), read_public_key(keys / "other.pub"))
    with pytest.raises(HubError, match="the password is wrong, or the file is damaged"):
        read_secret_key(keys / "other.key", lambda: "boys")


@pytest.mark.parametrize("text", ["", "comment\n", "comment\nRWQ=\n", "comment\n*\n", PUBLIC_KEY])
def test_a_file_that_is_no_secret_key_is_told(text: str, keys: Path) -> None:
    (keys / "odd.key").write_text(text, "utf-8")
    with pytest.raises(HubError, match=r"odd.key is not a key of minisign. Make one with"):
        read_secret_key(keys / "odd.key", refuse_to_ask)
    with pytest.raises(HubError, match=r"missing.pub cannot be read"):
        read_public_key(keys / "missing.pub")


@pytest.fixture
def hub(site: BuildWorkspace, capsys: pytest.CaptureFixture[str]) -> PublishedHub:
    """A hub with a dataset that is not published yet."""
    revise(site.dataset(), "1.0.0")
    return PublishedHub(site.root, capsys)


def list_unsigned(hub: PublishedHub) -> list[str]:
    """The versions of the build that is served which have no signature beside their files."""
    folders = sorted((hub.build / "files" / SLUG).iterdir())
    return [f.name for f in folders if not (f / "release.json.minisig").exists()]


def test_a_build_signs_what_is_new_and_what_was_not_signed(hub: PublishedHub, keys: Path) -> None:
    signed, public = ("--sign-key", str(keys / "hub.key")), ("--public-key", str(keys / "hub.pub"))
    assert hub.run("build")[0] == 0
    assert list_unsigned(hub) == ["1.0.0"]
    assert hub.run("verify")[0] == 0
    code, text = hub.run("verify", *public)
    assert (code, f"{SLUG} 1.0.0 is not signed." in text) == (1, True)
    assert hub.run("build", *signed)[0] == 0  # nothing else has changed
    assert list_unsigned(hub) == []
    assert hub.run("verify", *public)[0] == 0
    revise(hub.site.dataset(), "1.1.0", "13.5")
    assert hub.run("build", *signed)[0] == 0
    assert hub.run("verify", *public)[0] == 0
    events = [entry.event for entry in Archive(hub.site.archive).entries]
    assert events == ["published", "signed", "published", "signed"]
    assert hub.run("build")[0] == 0  # without the key nothing is taken away
    assert list_unsigned(hub) == []
    assert hub.run("verify", *public)[0] == 0
    code, text = hub.run("verify", "--public-key", str(keys / "other.pub"))
    assert code == 1
    assert f"{SLUG} 1.1.0: the signature is not by this key, or not of it." in text


@pytest.mark.parametrize("name", ["release.json", "release.json.minisig"])
def test_a_changed_statement_is_told_and_put_right(
    name: str, hub: PublishedHub, keys: Path
) -> None:
    hub.run("build", "--sign-key", str(keys / "hub.key"))
    path = hub.build / "files" / SLUG / "1.0.0" / name
    overwrite(path, lambda data: data[:-2] + b"\n")
    code, text = hub.run("verify")
    assert code == 1
    assert str(path) in text
    assert hub.run("build")[0] == 0
    assert hub.run("verify")[0] == 0


def test_a_key_that_cannot_be_used_stops_the_build_before_it_begins(
    hub: PublishedHub, keys: Path
) -> None:
    code, text = hub.run("build", "--sign-key", str(keys / "hub.pub"))
    assert code == 1
    assert "is not a key of minisign" in text
    assert not (hub.site.out / "current").exists()


needs_minisign = pytest.mark.skipif(
    shutil.which("minisign") is None, reason="minisign is not installed: apt-get install minisign"
)


def run_minisign(*arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = ["minisign", *map(str, arguments)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


@needs_minisign
@pytest.mark.slow
@pytest.mark.parametrize("password", ["", "pass word"])
def test_minisign_makes_the_key_and_checks_what_the_build_signed(
    password: str, hub: PublishedHub, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, public = keys / "made.key", keys / "made.pub"
    options = [] if password else ["-W"]
    made = run_minisign("-G", *options, "-s", secret, "-p", public, typed=f"{password}\n" * 2)
    assert made.returncode == 0, made.stderr
    monkeypatch.setenv("MINISIGN_PASSWORD", password)
    assert hub.run("build", "--sign-key", str(secret))[0] == 0
    statement = hub.build / "files" / SLUG / "1.0.0/release.json"
    checked = run_minisign("-V", "-p", public, "-m", statement)
    assert checked.returncode == 0, checked.stderr
    assert f"Trusted comment: {SLUG} 1.0.0" in checked.stdout
    altered = keys / "release.json"
    altered.write_bytes(statement.read_bytes().replace(b"1.0.0", b"1.0.1"))
    signature = statement.with_name("release.json.minisig")
    assert run_minisign("-V", "-p", public, "-m", altered, "-x", signature).returncode == 1


@needs_minisign
@pytest.mark.parametrize("options", [[], ["-l"]])
def test_what_minisign_signed_is_taken(options: list[str], keys: Path) -> None:
    statement = keys / "statement"
    statement.write_bytes(b"Toys are mended.\n")
    made = run_minisign("-S", *options, "-s", keys / "hub.key", "-m", statement, "-t", "About toys")
    assert made.returncode == 0, made.stderr
    text = (keys / "statement.minisig").read_text("utf-8")
    assert is_signed_by(statement.read_bytes(), text, read_public_key(keys / "hub.pub"))
