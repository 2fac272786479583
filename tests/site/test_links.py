"""Links of the built site: pages, anchors, downloads, images and launch buttons exist."""

import functools
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = CONFIG["repository"]["url"]
BRANCH = CONFIG["repository"]["branch"]


@functools.cache
def parsed(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    return frozenset(tag["id"] for tag in parsed(page).find_all(id=True))


def links(page: Path) -> set[str]:
    soup = parsed(page)
    found = {tag["href"] for tag in soup.find_all(["a", "link"], href=True)}
    return found | {tag["src"] for tag in soup.find_all(src=True)}


def test_internal_links_lead_somewhere(site: Path, page_path: str) -> None:
    page = site / page_path
    broken = []
    for link in sorted(links(page)):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        known = anchors(target) if target.suffix == ".html" and target.is_file() else frozenset()
        if not target.is_file() or (known and unquote(parts.fragment) not in known | {""}):
            broken.append(link)
    assert broken == []


def test_every_claim_that_a_page_cites_is_there(site: Path, page_path: str) -> None:
    soup = parsed(site / page_path)
    for link in soup.select("a.claim"):
        assert link.get_text(strip=True)
        assert link["title"]
    text = " ".join(paragraph.get_text() for paragraph in soup.select("article p"))
    assert not re.findall(r".{20}(?: \(\)|\(, |, \))", text), "a number is missing"


def test_the_address_of_the_site_leads_to_the_front_page(site: Path) -> None:
    refresh = parsed(site / "index.html").find("meta", {"http-equiv": "Refresh"})
    if refresh is not None:
        assert (site / refresh["content"].partition("url=")[2]).is_file()


def test_pages_load_nothing_from_elsewhere(site: Path, page_path: str) -> None:
    soup = parsed(site / page_path)
    loaded = [tag["src"] for tag in soup.find_all(src=True)]
    loaded += [
        tag["href"] for tag in soup.find_all("link", href=True) if "canonical" not in tag["rel"]
    ]
    assert [link for link in loaded if re.match("(https?:)?//", link)] == []


def launched_file(link: str) -> str | None:
    """Return the file of the repository that a launch button opens, if the link is one."""
    parts = urlsplit(link)
    owner_and_name = urlsplit(REPOSITORY).path.strip("/")
    if parts.netloc == "mybinder.org":
        assert parts.path == f"/v2/gh/{owner_and_name}/{BRANCH}"
        return parse_qs(parts.query)["urlpath"][0].removeprefix("lab/tree/")
    if parts.netloc == "colab.research.google.com":
        start = f"/github/{owner_and_name}/blob/{BRANCH}/"
        assert parts.path.startswith(start)
        return parts.path.removeprefix(start)
    return None


def test_launch_buttons_open_files_of_the_repository(site: Path, page_path: str) -> None:
    files = [launched_file(link) for link in sorted(links(site / page_path))]
    files = [file for file in files if file is not None]
    assert [file for file in files if not (ROOT / file).is_file()] == []
    if page_path.startswith("notebooks/"):
        assert len(set(files)) == 1
        assert len(files) == 2, "a chapter opens in Binder and in Colab"
    else:
        assert files == []


def test_links_to_the_repository_name_existing_files(site: Path, page_path: str) -> None:
    pattern = re.compile(re.escape(REPOSITORY) + r"/(?:blob|tree|raw|edit)/[^/]+/([^#?]+)")
    found = [match[1] for link in links(site / page_path) if (match := pattern.match(link))]
    assert [path for path in found if not (ROOT / unquote(path)).exists()] == []


def test_figures_have_alternative_text(site: Path, page_path: str) -> None:
    article = parsed(site / page_path).find("article")
    images = article.find_all("img") if article else []
    assert [image.get("src") for image in images if len(image.get("alt", "")) < 15] == []
