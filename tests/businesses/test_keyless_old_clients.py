"""Who may call without a key: the named networks, and nobody who could pretend to be in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qafila.businesses.rules.keyless import FORWARDING, decide, is_legacy_path

CALL = {
    "networks": ["10.1.0.0/16", "2001:db8::/32"],
    "trusted_proxies": ["192.168.0.10/32"],
    "allowed_hosts": ["wa.example.com", "localhost"],
    "remote": "10.1.2.3",
    "host": "wa.example.com:5001",
    "path": "/api/contracts",
    "headers": {"User-Agent": "curl/8"},
}
PROXIED = CALL | {"remote": "192.168.0.10"}


def test_an_old_client_in_a_named_network_passes():
    decision = decide(**CALL)
    assert decision.allowed
    assert decision.address == "10.1.2.3"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"networks": []}, "keyless_off"),
        ({"networks": ["0.0.0.0/0"]}, "network_too_wide"),
        ({"networks": ["10.1.0.0/16", "0.0.0.0/1", "128.0.0.0/1"]}, "network_too_wide"),
        ({"networks": ["::/0"]}, "network_too_wide"),
        ({"remote": "10.2.0.1"}, "not_in_network"),
        ({"remote": "2001:db9::1"}, "not_in_network"),
        ({"remote": None}, "remote_unknown"),
        ({"remote": ""}, "remote_unknown"),
        ({"remote": "testclient"}, "remote_unknown"),
        ({"remote": "127.0.0.1"}, "not_in_network"),
        ({"host": ""}, "host_unknown"),
        ({"host": "evil.example"}, "host_unknown"),
        ({"host": "wa.example.com.evil.example"}, "host_unknown"),
        ({"host": "a@wa.example.com"}, "host_unknown"),
        ({"host": "evil.example", "allowed_hosts": ["*"]}, "host_unknown"),
        ({"path": "/api/keys"}, "path_not_legacy"),
        ({"path": "/api/contractsx"}, "path_not_legacy"),
        ({"path": "/api/contracts/../keys"}, "path_not_legacy"),
        ({"path": "/api//contracts"}, "path_not_legacy"),
        ({"path": "/api/contracts/%2e%2e/keys"}, "path_not_legacy"),
        ({"headers": {"Origin": "https://wa.example.com"}}, "browser_request"),
        ({"headers": {"origin": ""}}, "browser_request"),
        ({"headers": {"Origin": "null"}}, "browser_request"),
        ({"headers": {"Sec-Fetch-Site": "same-origin"}}, "browser_request"),
        ({"headers": {"SEC-FETCH-MODE": "navigate"}}, "browser_request"),
    ],
)
def test_everybody_else_is_told_why_not(change, reason):
    decision = decide(**CALL | change)
    assert not decision.allowed
    assert decision.reason == reason


@pytest.mark.parametrize("header", FORWARDING)
def test_a_header_of_a_proxy_we_do_not_know_is_not_passed(header):
    assert decide(**CALL | {"headers": {header.title(): "10.1.2.3"}}).reason == "untrusted_forwarding"


@pytest.mark.parametrize(
    ("forwarded", "reason", "address"),
    [
        ("10.1.9.9", "", "10.1.9.9"),
        ("8.8.8.8, 10.1.9.9", "", "10.1.9.9"),
        ("10.1.9.9, 192.168.0.10", "", "10.1.9.9"),
        ("10.1.9.9, 8.8.8.8", "not_in_network", "8.8.8.8"),
        ("10.1.9.9, 8.8.8.8, 192.168.0.10", "not_in_network", "8.8.8.8"),
        ("10.1.9.9, unknown", "forwarded_unreadable", "192.168.0.10"),
        ("192.168.0.10", "forwarded_missing", "192.168.0.10"),
        ("", "forwarded_missing", "192.168.0.10"),
        ("127.0.0.1", "not_in_network", "127.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_the_last_stranger_counts(forwarded, reason, address):
    decision = decide(**PROXIED | {"headers": {"X-Forwarded-For": forwarded}})
    assert (decision.reason, decision.address) == (reason, address)


def test_a_trusted_proxy_that_tells_nothing_does_not_pass_as_itself():
    assert decide(**PROXIED | {"networks": ["192.168.0.0/16"], "headers": {}}).reason == "forwarded_missing"


def test_loopback_counts_only_where_it_is_named():
    here = CALL | {"remote": "127.0.0.1", "host": "localhost"}
    assert decide(**here | {"networks": ["126.0.0.0/8", "127.0.0.0/8"]}).allowed
    assert decide(**here | {"networks": ["127.0.0.1"]}).allowed
    assert decide(**here | {"remote": "::1", "networks": ["::1"]}).allowed
    assert decide(**here | {"networks": ["10.0.0.0/8"]}).reason == "not_in_network"
    assert decide(**here | {"remote": "::1", "networks": ["::/16"]}).reason == "not_in_network"
    assert decide(**here | {"remote": "::1", "networks": ["2001:db8::/32"]}).reason == "not_in_network"


def test_an_address_in_the_mapped_form_is_the_same_address():
    assert decide(**CALL | {"remote": "::ffff:10.1.2.3"}).allowed
    assert decide(**CALL | {"remote": "::ffff:10.2.0.1"}).reason == "not_in_network"
    assert decide(**CALL | {"remote": "::ffff:127.0.0.1"}).reason == "not_in_network"


@pytest.mark.parametrize(
    "path",
    [
        "/api/contracts",
        "/api/contracts/contract_x/start",
        "/api/queues/status",
        "/api/v1/packages/1/profiles",
    ],
)
def test_the_paths_of_the_users_clients_are_known(path):
    assert is_legacy_path(path)


@given(
    remote=st.ip_addresses().map(str) | st.text(max_size=20),
    forwarded=st.none() | st.text(max_size=60),
    host=st.text(max_size=30),
    path=st.text(max_size=30),
)
def test_nothing_that_comes_in_makes_it_fall_over_or_open_up(remote, forwarded, host, path):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    decision = decide(**CALL | {"remote": remote, "host": host, "path": f"/api/{path}", "headers": headers})
    assert not decision.allowed
    again = decide(**CALL | {"remote": remote, "headers": headers})
    assert again.allowed == (forwarded is None and remote.startswith(("10.1.", "2001:db8:")))
