"""Forms made of what each kind of provider declares, so that a new kind needs no page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qafila.providers import registry
from qafila.providers.account_fields import Field
from qafila.providers.management import Pairing

OWN_PAGES = ("cloud_api",)
"""Kinds with a page of their own, which reads the number back first."""


def kinds() -> list[dict[str, Any]]:
    """The kinds that are added by a form of this file, for the list of ways."""
    return [
        {"kind": kind, "title": one.title, "text": _said(one.about), "licence": _said(one.licence)}
        for kind, one in registry.KINDS.items()
        if one.fields and kind not in OWN_PAGES
    ]


def _said(text: str) -> str:
    """A text that was only marked for translation, in the language of whoever reads; gettext makes something of ""."""
    return gettext(text) if text else ""


def links_phones(kind: str) -> bool:
    """Whether a phone is linked after it was added."""
    return isinstance(registry.get(kind), Pairing)


class KindForm(forms.Form):
    """A number and its provider account. The fields after the first two are the kind's own."""

    name = forms.CharField(
        label=pgettext_lazy("of a number", "Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        help_text=_("With + and the country code."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
    )

    def __init__(self, *args: Any, kind: str, owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.about = _said(registry.KINDS[kind].about)
        self.licence = _said(registry.KINDS[kind].licence)
        for field in registry.KINDS[kind].fields:
            self.fields[f"own_{field.name}"] = _form_field(field)
        if owner:
            self.fields["private_network"] = forms.BooleanField(
                label=_("The gateway is in our own network or on this machine"),
                required=False,
                help_text=_("Only an owner may allow this. It is written into the audit log."),
            )

    def given(self) -> dict[str, Any]:
        """By the names that the kind declares."""
        return {
            field.name: self.cleaned_data.get(f"own_{field.name}")
            for field in registry.KINDS[self.kind].fields
            if self.cleaned_data.get(f"own_{field.name}") is not None
        }

    def refuse(self, name: str, text: str) -> None:
        """Puts a refusal beside the field it is about."""
        where = f"own_{name}" if f"own_{name}" in self.fields else name if name in self.fields else None
        self.add_error(where, text)


def _form_field(field: Field) -> forms.Field:
    common: dict[str, Any] = {
        "label": gettext(field.label),
        "help_text": gettext(field.help) if field.help else "",
        "required": field.required,
    }
    if field.shape == "yes_no":
        return forms.BooleanField(
            **{**common, "required": False}, initial=field.default in ("true", "1", "yes")
        )
    attributes = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
    if field.shape == "json":
        widget: forms.Widget = forms.Textarea(attrs={**attributes, "rows": 24, "class": "q-json"})
    elif field.shape == "secret":
        widget = forms.PasswordInput(attrs=attributes)
    else:
        widget = forms.TextInput(
            attrs={**attributes, **({"inputmode": "url"} if field.shape == "url" else {})}
        )
    if field.pattern:
        return forms.RegexField(
            rf"^(?:{field.pattern})$",
            **common,
            max_length=field.longest,
            initial=field.default,
            widget=widget,
        )
    return forms.CharField(**common, max_length=field.longest, initial=field.default, widget=widget)


class SetUpForm(forms.Form):
    """How an HTTP gateway is spoken to: pasted, or from a file."""

    gateway = forms.CharField(
        label=_("How it is spoken to"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"dir": "ltr", "spellcheck": "false", "rows": 28, "class": "q-json"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("A set-up that was downloaded here or on another installation."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/json,.json"}),
    )

    def clean_file(self) -> str:
        """The text of the file; "" without one."""
        given = self.cleaned_data.get("file")
        if not given:
            return ""
        if given.size > 40_000:
            raise forms.ValidationError(_("This file is too large to be a set-up."))
        try:
            return str(given.read().decode("utf-8"))
        except UnicodeDecodeError as exc:
            raise forms.ValidationError(_("This file is no text.")) from exc

    def text(self) -> str:
        """What to take: a file wins."""
        return self.cleaned_data["file"] or self.cleaned_data["gateway"]


class TryForm(forms.Form):
    """A test message over a gateway. It really goes out."""

    phone = forms.CharField(
        label=_("Your own phone number"),
        max_length=40,
        help_text=_("With + and the country code."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "tel", "inputmode": "tel"}),
    )
    text = forms.CharField(
        label=_("Message"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
