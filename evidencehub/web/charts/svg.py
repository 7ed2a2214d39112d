"""SVG elements as text: a name, attributes and children, each text escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

Attribute = str | float | None


def build_element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """Return an element; attributes that are None are left out.

    `class_` is `class`, and `text_anchor` is `text-anchor`.

    >>> build_element("text", "a < b", x="5%", text_anchor="end")
    Markup('<text x="5%" text-anchor="end">a &lt; b</text>')
    """
    attribute_text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_write_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(escape(child) for child in children)
    if not content:
        return Markup(f"<{name}{attribute_text}/>")  # noqa: S704  # every part is escaped
    return Markup(f"<{name}{attribute_text}>{content}</{name}>")  # noqa: S704


def _write_number(value: Attribute) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def write_percent(position: float) -> str:
    """Return a place in percent as an attribute has it.

    >>> write_percent(33.30)
    '33.3%'
    """
    return f"{position:.6g}%"


def join_elements(*elements: str) -> Markup:
    """Return elements one after another; what is not an element is escaped as text."""
    return Markup("").join(elements)


def build_strip(css_class: str, height: int | None, *elements: Markup) -> Markup:
    """Return a drawing as wide as its place, `height` pixels high, beside words that say the same.

    Without a height it has that of its class.

    >>> str(build_strip("ruler", 18))
    '<svg class="ruler" height="18" aria-hidden="true"/>'
    """
    return build_element("svg", *elements, class_=css_class, height=height, aria_hidden="true")
