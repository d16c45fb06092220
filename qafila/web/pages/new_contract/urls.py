"""``campaigns/new/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.new_contract import (
    adding,
    checking,
    choosing,
    downloads,
    mapping,
    scheduling,
    sending,
    testing,
)
from qafila.web.pages.new_contract.finding import following

app_name = "new_contract"
urlpatterns = [
    path("", choosing.choose, name="choose"),
    path("sample", downloads.sample, name="sample"),
    path("<str:public_id>/map", following(mapping.columns), name="map"),
    path("<str:public_id>/keep", following(mapping.keep), name="keep"),
    path("<str:public_id>/check", following(checking.check), name="check"),
    path("<str:public_id>/progress", following(checking.progress), name="progress"),
    path("<str:public_id>/mend", following(checking.mend), name="mend"),
    path("<str:public_id>/rule", following(checking.rule), name="rule"),
    path("<str:public_id>/rejected", following(downloads.rejected), name="rejected"),
    path("<str:public_id>/sample", following(downloads.own_sample), name="own-sample"),
    path("<str:public_id>/send", following(sending.send), name="send"),
    path("<str:public_id>/when", following(scheduling.when), name="when"),
    path("<str:public_id>/start", following(sending.start), name="start"),
    path("<str:public_id>/add", following(adding.add), name="add"),
    path("<str:public_id>/undo", sending.undo, name="undo"),
    path("<str:public_id>/test", following(testing.test), name="test"),
    path("<str:public_id>/test-number", following(testing.save_number), name="test-number"),
    path("<str:public_id>/test-number/remove", following(testing.remove_number), name="remove-test-number"),
    path("<str:public_id>/delete", following(choosing.delete), name="delete"),
]
