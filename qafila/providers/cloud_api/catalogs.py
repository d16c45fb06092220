"""Messages with products of a catalog, or with the way into the whole of it."""

from __future__ import annotations

from typing import Any

from qafila.providers.cloud_api import limits
from qafila.providers.cloud_api.frames import framed
from qafila.providers.contents import CatalogMessage, Frame, Media, Product, ProductList

OfCatalog = Product | ProductList | CatalogMessage


def shape(content: OfCatalog) -> dict[str, Any]:
    """Meta's ``interactive`` object. Raises :class:`ProviderError` (CONTENT)."""
    match content:
        case Product():
            action = {
                "catalog_id": _catalog(content.catalog),
                "product_retailer_id": _product(content.product),
            }
            return framed("product", content.body, _headless(content.frame), action, must=False)
        case ProductList():
            return framed("product_list", content.body, _headed(content.frame), _products(content))
        case CatalogMessage():
            opened: dict[str, Any] = {"name": "catalog_message"}
            if content.product:
                opened["parameters"] = {"thumbnail_product_retailer_id": _product(content.product)}
            return framed("catalog_message", content.body, _headless(content.frame), opened)


def _headless(frame: Frame) -> Frame:
    """WhatsApp shows the product's picture in the place of a header."""
    if frame.header is not None:
        raise limits.refuse(limits.MALFORMED, "A product or a catalog has no header of yours above it.")
    return frame


def _headed(frame: Frame) -> Frame:
    if frame.header is None:
        raise limits.refuse(limits.EMPTY, "The header is empty; a list of products needs one.")
    if isinstance(frame.header, Media):
        raise limits.refuse(limits.MALFORMED, "The header of a list of products can only be text.")
    return frame


def _products(content: ProductList) -> dict[str, Any]:
    limits.count(content.sections, "sections", limits.SECTIONS)
    limits.count(
        [one for section in content.sections for one in section.products], "products", limits.PRODUCTS
    )
    several = len(content.sections) > 1
    sections = []
    for section in content.sections:
        limits.count(section.products, "products in a section", limits.PRODUCTS)
        title = limits.text(section.title, "title of a section", limits.SECTION_TITLE, must=several)
        shaped: dict[str, Any] = {
            "product_items": [{"product_retailer_id": _product(one)} for one in section.products]
        }
        sections.append({"title": title, **shaped} if title else shaped)
    return {"catalog_id": _catalog(content.catalog), "sections": sections}


def _catalog(ref: str) -> str:
    return limits.text(ref, "id of the catalog", limits.CATALOG_ID)


def _product(ref: str) -> str:
    return limits.text(ref, "id of a product", limits.PRODUCT_ID)
