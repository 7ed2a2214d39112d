"""What the templates of pages may use: texts, numbers and dates, charts, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidencehub.domain import page_addresses, status
from evidencehub.web import english_texts
from evidencehub.web.charts import drawing
from evidencehub.web.views import provenance

if TYPE_CHECKING:
    import jinja2

    from evidencehub.messages.language import Language


def prepare_environment(env: jinja2.Environment, language: Language) -> jinja2.Environment:
    """Give an environment what our templates use, and return one that renders pages from it.

    Datasette's own templates wait for what they call. Ours never do, and compiled without waiting
    they cost half as much.
    """
    env.add_extension("jinja2.ext.i18n")
    english_texts.install_translations(env, language.translations)
    env.filters |= {
        "number": language.format_number,
        "day": language.format_date,
        "size": language.format_size,
        "missing_symbol": status.get_missing_symbol,
        "value_symbol": status.get_value_symbol,
    }
    env.tests["secondary_source"] = status.is_secondary_source
    env.globals |= drawing.DRAWINGS
    env.globals |= {
        "period": language.format_period,
        "language": language,
        "build_path": page_addresses.build_path,
        "choose_source_url": provenance.choose_source_url,
    }
    return env.overlay(enable_async=False)
