"""``campaigns/new/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.new_contract import checking, choosing, downloads, mapping, sending, testing

app_name = "new_contract"
urlpatterns = [
    path("", choosing.choose, name="choose"),
    path("sample", downloads.sample, name="sample"),
    path("<str:public_id>/map", mapping.columns, name="map"),
    path("<str:public_id>/keep", mapping.keep, name="keep"),
    path("<str:public_id>/check", checking.check, name="check"),
    path("<str:public_id>/progress", checking.progress, name="progress"),
    path("<str:public_id>/mend", checking.mend, name="mend"),
    path("<str:public_id>/rule", checking.rule, name="rule"),
    path("<str:public_id>/rejected", downloads.rejected, name="rejected"),
    path("<str:public_id>/sample", downloads.own_sample, name="own-sample"),
    path("<str:public_id>/send", sending.send, name="send"),
    path("<str:public_id>/start", sending.start, name="start"),
    path("<str:public_id>/undo", sending.undo, name="undo"),
    path("<str:public_id>/test", testing.test, name="test"),
    path("<str:public_id>/test-number", testing.save_number, name="test-number"),
    path("<str:public_id>/test-number/remove", testing.remove_number, name="remove-test-number"),
    path("<str:public_id>/delete", choosing.delete, name="delete"),
]
