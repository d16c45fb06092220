"""Promise 53: whatever a URL looks like and whatever DNS answers, no connection leaves for an address that is not public."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest

from qafila.kit.http import Door, Forbidden, NotConnected, glance
from qafila.kit.http.networks import networks, why_not_public
from tests.kit.raw_server import OK, Connection, RawServer, unused_port

PUBLIC = "93.184.216.34"


async def names(host: str, port: int) -> Sequence[str]:
    """Every name is on the public internet, unless the name says otherwise: ``10-0-0-1.test``, ``none.test``."""
    del port
    if host.endswith(".v4.test"):
        return [host.removesuffix(".v4.test").replace("-", ".")]
    if host.endswith(".v6.test"):
        return [host.removesuffix(".v6.test").replace("-", ":")]
    if host == "none.test":
        raise OSError("no such name")
    if host == "nothing.test":
        return []
    return [PUBLIC]


def listed(text: str) -> list[str]:
    return text.split()


LITERALS_V4 = listed("""
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200 100.127.255.255
127.0.0.0 127.0.0.1 127.0.1.1 127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.170.2 169.254.255.255
172.16.0.0 172.16.0.1 172.20.1.1 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.170 192.0.0.192 192.0.2.1 192.0.2.255
192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.0 192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.0 198.18.0.1
198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 224.0.0.251 239.255.255.255 240.0.0.1 250.1.2.3 255.255.255.254 255.255.255.255
""")
LITERALS_V6 = listed("""
:: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::808:808 64:ff9b:1::1 64:ff9b:1:ffff::10.0.0.1
100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2001:db8:ffff::1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1
2a00:1450:4001:81b:0:5efe:7f00:1 2a00:1450:4001:81b:200:5efe:a00:1 fc00::1 fd00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::a9fe:a9fe
febf::1 fec0::1 feff::1 ff01::1 ff02::1 ff02::fb ff05::2 ff0e::1 8000::1 e000::1
""")
WRITTEN = listed("""
http://localhost/ http://LOCALHOST/ http://localhost./ http://localhost:8080/ http://foo.localhost/ http://foo.localhost./
http://127.1/ http://127.0.1/ http://127.0.0.1./ http://0x7f.1/ http://0x7f000001/ http://0x7f.0x0.0x0.0x1/
http://0X7F000001/ http://017700000001/ http://0177.0.0.1/ http://0177.0.0.01/ http://2130706433/ http://127.0.0.1:80/
http://0/ http://0x0/ http://00/ http://10.1/ http://0xa.1/ http://012.1/ http://167772161/ http://3232235777/
http://192.168.257/ http://0xc0a80101/ http://0xA9FEA9FE/ http://2852039166/ http://0251.0376.0251.0376/
http://169.254.43518/ http://0xa9.0xfe.0xa9.0xfe/ http://127%2e0%2e0%2e1/ http://%31%32%37.0.0.1/ http://127.0.0.%31/
http://①②⑦.⓪.⓪.①/ http://１２７.0.0.1/ http://127。0。0。1/ http://127．0．0．1/ http://127｡0｡0｡1/
http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ http://ｌｏｃａｌｈｏｓｔ/ http://loc%61lhost/ http://[::1]/ http://[0:0:0:0:0:0:0:1]/ http://[::]/
http://[::ffff:127.0.0.1]/ http://[::FFFF:7F00:1]/ http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[fe80::1]/ http://[fd00:ec2::254]/
http:127.0.0.1/ http:/127.0.0.1/ http:///127.0.0.1/ http:\\\\127.0.0.1/ http://127.0.0.1\\@example.com/
http://127.0.0.1#@example.com/ http://127.0.0.1?@example.com/ http://127.0.0.1/@example.com/ http://127.0.0.1;@x:80@127.0.0.1/
https://127.0.0.1/ https://[::1]:8443/ http://10-0-0-1.v4.test/ http://169-254-169-254.v4.test/ http://127-0-0-1.v4.test./
http://fd00--1.v6.test/ http://--1.v6.test/ http://--ffff-10.0.0.1.v6.test/
""")
UNREADABLE = [
    "",
    "x",
    "//example.com/",
    "/only/a/path",
    "http://",
    "http://exa mple.com/",
    "http://example.com/\n",
    "http://example.com/\tx",
    "http://exam\x00ple.com/",
    "http://\u00a0example.com/",
    "http://[::1",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://08.1/",
    "http://0x7g.1/",
    "http://a..b/",
    "http://.example.com/",
    "http://example.com../",
    "http://x:99999/",
    "http://xn--a/",
    f"http://{'a.' * 127}com/",
    f"http://example.com/{'a' * 2100}",
]
OTHER = [
    ("ftp://example.com/", "url_scheme"),
    ("file:///etc/hosts", "url_scheme"),
    ("gopher://example.com/_", "url_scheme"),
    ("javascript:alert(1)", "url_scheme"),
    ("ws://example.com/", "url_scheme"),
    ("dict://127.0.0.1:11211/", "url_scheme"),
    ("http://user@example.com/", "url_userinfo"),
    ("http://user:pass@example.com/", "url_userinfo"),
    ("http://:pass@example.com/", "url_userinfo"),
    ("http://example.com@127.0.0.1/", "url_userinfo"),
    ("http://127.0.0.1@example.com/", "url_userinfo"),
    ("http://a@b@127.0.0.1/", "url_userinfo"),
    ("http://example.com:0/", "port_forbidden"),
    ("http://example.com:22/", "port_forbidden"),
    ("http://example.com:25/", "port_forbidden"),
    ("https://example.com:465/", "port_forbidden"),
    ("http://example.com:5432/", "port_forbidden"),
    ("http://example.com:6379/", "port_forbidden"),
    ("http://example.com:6667/", "port_forbidden"),
]
URLS = [
    *(f"http://{one}/" for one in LITERALS_V4),
    *(f"https://[{one}]/hook?x=1" for one in LITERALS_V6),
    *WRITTEN,
]
ALLOWED = listed("""
8.8.8.8 1.1.1.1 93.184.216.34 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1
198.17.255.255 198.20.0.1 223.255.255.255 11.0.0.1 9.255.255.255 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.1
2606:4700:4700::1111 2a00:1450:4001:81b::200e 2400:cb00::1 2001:4860:4860::8888 2003::1 2620:fe::fe
""")


def test_the_table_is_as_long_as_was_promised() -> None:
    assert len(URLS) + len(UNREADABLE) + len(OTHER) >= 150
    assert len(set(URLS)) == len(URLS)


@pytest.mark.parametrize("url", URLS)
async def test_an_address_inside_is_refused_however_it_is_written(url: str) -> None:
    async with Door(resolver=names) as door:
        with pytest.raises(Forbidden) as caught:
            await door.check(url)
    assert caught.value.code in ("address_forbidden", "url_userinfo")
    assert isinstance(caught.value, NotConnected), "so a message that was to be sent may be tried again"


@pytest.mark.parametrize("url", UNREADABLE)
async def test_what_cannot_be_read_is_refused(url: str) -> None:
    async with Door(resolver=names) as door:
        with pytest.raises(Forbidden) as caught:
            await door.check(url)
    assert caught.value.code in ("url_unreadable", "url_scheme")


@pytest.mark.parametrize(("url", "code"), OTHER)
async def test_other_schemes_names_in_front_and_other_services_are_refused(url: str, code: str) -> None:
    async with Door(resolver=names) as door:
        with pytest.raises(Forbidden) as caught:
            await door.check(url)
    assert caught.value.code == code
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("address", ALLOWED)
async def test_what_is_public_may_be_called(address: str) -> None:
    shown = f"[{address}]" if ":" in address else address
    async with Door(resolver=names) as door:
        pinned = await door.check(f"https://{shown}:8443/x")
    assert pinned.addresses == (address,)
    assert glance(f"https://{shown}/") == f"https://{shown}/"


async def test_a_name_is_read_as_the_connection_reads_it() -> None:
    async with Door(resolver=names) as door:
        pinned = await door.check("HTTPS://Bücher.Example.:443/a/../b?q=1#part")
    assert (pinned.host, pinned.port, pinned.scheme) == ("xn--bcher-kva.example", 443, "https")
    assert pinned.url.startswith("https://xn--bcher-kva.example/b?q=1")


async def test_no_name_no_address_no_connection() -> None:
    async with Door(resolver=names) as door:
        with pytest.raises(NotConnected) as caught:
            await door.check("http://none.test/")
        assert caught.value.reason == "dns_failed"
        with pytest.raises(NotConnected):
            await door.check("http://nothing.test/")


def answering(*answers: Sequence[str]):  # type: ignore[no-untyped-def]
    """A resolver that answers differently each time: what a rebinding server does."""
    left = list(answers)
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        del port
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    resolve.asked = asked  # type: ignore[attr-defined]
    return resolve


async def serve(connection: Connection) -> None:
    while True:
        await connection.request()
        await connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


async def test_a_name_that_changes_its_mind_after_the_check_leads_nowhere_else() -> None:
    """First a good address, then one inside: the connection goes to the first, though nobody listens there."""
    async with RawServer(serve) as inside:
        resolve = answering(["127.0.0.2"], ["127.0.0.1"])
        async with Door(resolver=resolve, allowed_networks=["127.0.0.2/32"]) as door:
            with pytest.raises(NotConnected) as caught:
                await door.post(f"http://rebind.test:{inside.port}/", headers={}, body=b"x", timeout=3)
            assert not isinstance(caught.value, Forbidden)
            with pytest.raises(Forbidden):
                await door.post(f"http://rebind.test:{inside.port}/", headers={}, body=b"x", timeout=3)
        assert resolve.asked == ["rebind.test", "rebind.test"], "the name is asked for once a call"
        assert (inside.connections, inside.received) == (0, [])


async def test_of_a_good_and_a_bad_address_only_the_good_one_is_called() -> None:
    async with RawServer(serve) as good:
        resolve = answering(["10.0.0.1", "127.0.0.1", "::1"])
        async with Door(resolver=resolve, allowed_networks=["127.0.0.0/8"]) as door:
            pinned = await door.check(f"http://both.test:{good.port}/")
            assert pinned.addresses == ("127.0.0.1",)
            answer = await door.get(f"http://both.test:{good.port}/", headers={}, timeout=3)
        assert answer.body == b"ok"
        assert good.received[0].headers["host"] == f"both.test:{good.port}"


async def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    async with RawServer(serve) as good:
        resolve = answering(["127.0.0.3", "127.0.0.1"])
        async with Door(resolver=resolve, allowed_networks=["127.0.0.0/8"]) as door:
            answer = await door.post(f"http://two.test:{good.port}/", headers={}, body=b"x", timeout=5)
        assert answer.status == 200
        assert len(good.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_inside_is_an_answer_and_nothing_more(status: int) -> None:
    async with RawServer(serve) as inside:

        async def redirect(connection: Connection) -> None:
            await connection.request()
            where = f"http://127.0.0.1:{inside.port}/" if status != 302 else "http://169.254.169.254/latest"
            head = f"HTTP/1.1 {status} Moved\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n"
            await connection.write(head.encode())

        async with RawServer(redirect) as outside:
            async with Door(allowed_networks=["127.0.0.0/8"]) as door:
                answer = await door.post(outside.url, headers={}, body=b"x", timeout=3)
            assert answer.status == status
        assert inside.connections == 0


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would resolve the name a second time."""
    async with RawServer(serve) as proxy, RawServer(serve) as target:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with Door(allowed_networks=["127.0.0.0/8"]) as door:
            await door.get(target.url, headers={}, timeout=3)
        assert (proxy.connections, target.connections) == (0, 1)


async def test_an_owner_opens_networks_and_nothing_beside_them() -> None:
    async with Door(resolver=names, allowed_networks=["10.1.0.0/16", "fd00:1::/32"]) as door:
        assert (await door.check("http://10.1.2.3/")).addresses == ("10.1.2.3",)
        assert (await door.check("http://[fd00:1::5]/")).addresses == ("fd00:1::5",)
        for url in (
            "http://10.2.0.1/",
            "http://[fd00:2::5]/",
            "http://[::ffff:10.1.2.3]/",
            "http://127.0.0.1/",
        ):
            with pytest.raises(Forbidden):
                await door.check(url)
    with pytest.raises(ValueError, match="not-a-network"):
        networks(["not-a-network"])


async def test_what_was_checked_is_remembered_only_for_written_addresses_that_are_open() -> None:
    """A campaign asks for one URL ten thousand times: over one connection, and without reading it anew each time."""

    async def answers(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.write(OK)

    async with RawServer(answers) as target, Door(allowed_networks=["127.0.0.2/32"]) as closed:
        async with Door(resolver=names, allowed_networks=["127.0.0.0/8"]) as door:
            for _ in range(3):
                for host in ("127.0.0.1", "localhost"):
                    answer = await door.get(f"http://{host}:{target.port}/", headers={}, timeout=3)
                    assert answer.status == 200
                with pytest.raises(Forbidden):
                    await door.get(f"http://10.0.0.1:{target.port}/", headers={}, timeout=3)
                with pytest.raises(Forbidden):  # another door, other networks
                    await closed.get(f"http://127.0.0.1:{target.port}/", headers={}, timeout=3)
            assert target.connections == 2
            assert len(target.received) == 6


async def test_a_slow_name_server_does_not_hold_us() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        del host, port
        await asyncio.Event().wait()
        return []

    async with Door(resolver=never, longest_seconds=0.2) as door:
        with pytest.raises(NotConnected) as caught:
            await door.post("http://slow.test/", headers={}, body=b"", timeout=60)
    assert caught.value.reason == "dns_failed"


async def test_nobody_home_is_not_connected() -> None:
    async with Door(allowed_networks=["127.0.0.0/8"]) as door:
        with pytest.raises(NotConnected) as caught:
            await door.get(f"http://127.0.0.1:{unused_port()}/", headers={}, timeout=3)
    assert caught.value.reason == "connect_failed"


def test_every_address_of_a_forbidden_network_has_a_kind() -> None:
    for text in (*LITERALS_V4, *LITERALS_V6):
        assert why_not_public(ipaddress.ip_address(text)), text
    for text in ALLOWED:
        assert why_not_public(ipaddress.ip_address(text)) == ""
