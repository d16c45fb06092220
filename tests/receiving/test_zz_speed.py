import asyncio, time, os, random
import pytest
from datetime import timedelta
from psycopg_pool import AsyncConnectionPool
from tests.receiving.material import receipts, status, store, Books, said
from qafila.ledger.states import State
from qafila.receiving.processor import Receiver
from qafila.receiving.models import RawWebhook
from qafila.kit.clock import SystemClock
from qafila.ledger.models import Message
pytestmark = pytest.mark.django_db(transaction=True)

def steal():
    f=open('/proc/stat').readline().split()[1:]; return [int(x) for x in f]

async def cpu(pool):
    async with pool.connection() as c:
        cur=await c.execute("SELECT pid FROM pg_stat_activity WHERE datname=current_database()")
        t=0
        for (pid,) in await cur.fetchall():
            try: f=open(f"/proc/{pid}/stat").read().rsplit(")",1)[1].split(); t+=int(f[11])+int(f[12])
            except OSError: pass
    return t/100

@pytest.mark.parametrize("per", [20, 1])
def test_speed(business, sender, provider_account, dsn, now, per):
    from django.db import connection
    books = Books(business, sender, now)
    n = 6000
    msgs = books.messages(State.SENT, count=n, outcome="accepted", provider_ids=True)
    with connection.cursor() as c: c.execute("ANALYZE")
    stream=[]
    for word in ("sent","delivered","read"):
        part=[status(f"wamid.{m.pk}", word, now, attempt_id=books.attempt_id(m), to=m.address) for m in msgs]
        stream+=part
    bodies=[receipts(sender,*stream[i:i+per]) for i in range(0,len(stream),per)]
    with connection.cursor() as c:
        with c.copy("COPY receiving_rawwebhook (received_at, provider_account_id, business_id, body) FROM STDIN") as cp:
            for b in bodies: cp.write_row((now, provider_account.pk, business.pk, b))
    async def go():
        async with AsyncConnectionPool(dsn, min_size=2, open=False, kwargs={"autocommit": True}) as pool:
            r=Receiver(pool, SystemClock())
            t=time.perf_counter(); c0=time.process_time(); k=0
            s0=steal(); await cpu(pool)
            while (d:=await r.process_batch()): k+=d
            dt=time.perf_counter()-t; s1=steal()
            tot=sum(s1)-sum(s0); print('backend cpu s', await cpu(pool))
            print(f"\nper webhook {per}: {k} webhooks, {len(stream)} receipts in {dt:.2f}s = {len(stream)/dt:.0f} receipts/s; cpu {time.process_time()-c0:.2f}s; steal {100*(s1[7]-s0[7])/tot:.1f}% idle {100*(s1[3]-s0[3])/tot:.0f}%")
            t=time.perf_counter()
    asyncio.run(go())
    assert Message.objects.filter(state=State.READ).count()==n
    books.check()
    with connection.cursor() as c: c.execute("TRUNCATE receiving_rawwebhook")
