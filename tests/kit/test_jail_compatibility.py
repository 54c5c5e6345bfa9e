"""What ordinary code needs must work behind the fences. Each is a body whose last line returns something true."""

import pytest

from atoll.kit.jail import Jail

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODIES = {
    "json": "import json\nreturn json.loads(json.dumps({'ä': [1, None]}, indent=2)) == {'ä': [1, None]}",
    "re": "import re\nreturn re.sub(r'(\\d+)', lambda m: str(int(m[1]) * 2), 'a1b22') == 'a2b44'",
    "big text": "import re\nreturn len(re.findall(r'\\d', 'ab1 ' * 500_000)) == 500_000",
    "math": "import math\nreturn math.comb(5, 2) == 10",
    "cmath": "import cmath\nreturn cmath.sqrt(-1) == 1j",
    "datetime": "import datetime as d\nreturn str(d.date(2026, 1, 31) + d.timedelta(days=1)) == '2026-02-01'",
    "now": "import datetime as d\nreturn d.datetime.now().year > 2020 and d.datetime.now(d.UTC)",
    "strptime": "from datetime import datetime\nreturn datetime.strptime('2026-02-01', '%Y-%m-%d').strftime('%d %b') == '01 Feb'",
    "zoneinfo": (
        "from datetime import datetime\nfrom zoneinfo import ZoneInfo\n"
        "return str(datetime(2026, 7, 1, tzinfo=ZoneInfo('Asia/Shanghai')).astimezone(ZoneInfo('Europe/Berlin')))"
        " == '2026-06-30 18:00:00+02:00'"
    ),
    "unknown zone": (
        "from zoneinfo import ZoneInfo, ZoneInfoNotFoundError\n"
        "try: ZoneInfo('Asia/Nowhere')\nexcept ZoneInfoNotFoundError: return True"
    ),
    "calendar": "import calendar\nreturn calendar.monthrange(2024, 2)[1] == 29",
    "time": "import time\ntime.sleep(0.01)\nreturn time.localtime().tm_year > 2020",
    "decimal": "from decimal import Decimal\nreturn Decimal('0.1') + Decimal('0.2') == Decimal('0.3')",
    "fractions": "from fractions import Fraction\nreturn Fraction(1, 3) * 3 == 1",
    "statistics": "import statistics\nreturn statistics.mean([1, 2, 3]) == 2",
    "random": "import random\nreturn 0 <= random.random() < 1 and random.choice('ab') in 'ab'",
    "secrets": "import secrets\nreturn len(secrets.token_hex(8)) == 16",
    "uuid": "import uuid\nreturn len(str(uuid.uuid4())) == 36 and uuid.uuid5(uuid.NAMESPACE_URL, 'a')",
    "collections": "from collections import Counter, defaultdict, deque\nreturn Counter('aab').most_common(1) == [('a', 2)]",
    "itertools": "import itertools\nreturn [k for k, _ in itertools.groupby('aabb')] == ['a', 'b']",
    "functools": "from functools import lru_cache, reduce\nreturn reduce(lambda a, b: a + b, [1, 2, 3]) == 6",
    "heapq": "import heapq\nreturn heapq.nsmallest(1, [3, 1]) == [1]",
    "bisect": "import bisect\nreturn bisect.bisect([1, 3], 2) == 1",
    "hashlib": "import hashlib\nreturn all(hashlib.new(n, b'x').digest() for n in ('md5', 'sha1', 'sha256', 'sha3_256', 'blake2b'))",
    "hmac": "import hashlib, hmac\nreturn len(hmac.new(b'k', b'm', hashlib.sha256).hexdigest()) == 64",
    "base64": "import base64, binascii\nreturn base64.b64encode(b'ab') == b'YWI='",
    "csv": "import csv, io\nreturn list(csv.reader(io.StringIO('a,b\\n1,\"x,y\"')))[1] == ['1', 'x,y']",
    "xml": "import xml.etree.ElementTree as E\nreturn E.fromstring('<a><b>1</b></a>').find('b').text == '1'",
    "dom": "from xml.dom.minidom import parseString\nreturn parseString('<a/>').documentElement.tagName == 'a'",
    "html": "import html\nfrom html.parser import HTMLParser\nHTMLParser().feed('<a>')\nreturn html.unescape('&eacute;') == 'é'",
    "urllib.parse": "from urllib.parse import parse_qs, quote, urlparse\nreturn quote('é') == '%C3%A9' and urlparse('http://a/b')",
    "ipaddress": "import ipaddress\nreturn ipaddress.ip_address('10.0.0.1').is_private",
    "string": "import string\nreturn string.Template('$a').substitute(a=1) == '1'",
    "textwrap": "import textwrap\nreturn textwrap.dedent('  a') == 'a'",
    "difflib": "import difflib\nreturn difflib.SequenceMatcher(None, 'ab', 'ab').ratio() == 1",
    "unicodedata": "import unicodedata\nreturn unicodedata.normalize('NFKC', '①') == '1'",
    "encodings": "return all('中'.encode(e).decode(e) == '中' for e in ('gbk', 'gb18030', 'big5', 'utf-16', 'utf-8-sig', 'utf-32'))",
    "idna": "return '例子.cn'.encode('idna') == b'xn--fsqu00a.cn'",
    "struct": "import array, struct\nreturn struct.unpack('>I', b'\\0\\0\\0\\5')[0] == 5",
    "zlib": "import gzip, zlib\nreturn zlib.decompress(zlib.compress(b'a')) == b'a' and gzip.decompress(gzip.compress(b'a')) == b'a'",
    "zip in memory": (
        "import io, zipfile\nb = io.BytesIO()\nwith zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a', 'b')\n"
        "return zipfile.ZipFile(b).read('a') == b'b'"
    ),
    "dataclasses": "from dataclasses import asdict, dataclass\n@dataclass\nclass P:\n    a: int\nreturn asdict(P(1)) == {'a': 1}",
    "typed dataclass": (
        "import dataclasses, typing\n@dataclasses.dataclass\nclass P:\n    a: 'typing.ClassVar[int]' = 1\nreturn P()"
    ),
    "enum": "import enum\nclass E(enum.StrEnum):\n    A = 'a'\nreturn E.A == 'a'",
    "inheritance": "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f() + 1\nreturn B().f() == 2",
    "generators": "def g():\n    yield from range(3)\nreturn sum(g()) == 3",
    "match": "match {'t': 'a', 'v': 2}:\n    case {'t': 'a', 'v': v}: return v == 2",
    "exception groups": "try:\n    raise ExceptionGroup('g', [ValueError()])\nexcept* ValueError:\n    ok = True\nreturn ok",
    "context manager": "from contextlib import contextmanager\n@contextmanager\ndef c(): yield 5\nwith c() as v: return v == 5",
    "asyncio": (
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0.001)\n    return x\n"
        "async def m(): return await asyncio.gather(f(1), asyncio.to_thread(abs, -2))\nreturn asyncio.run(m()) == [1, 2]"
    ),
    "threads": "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nreturn True",
    "logging": "import logging\nlogging.warning('x')\nreturn True",
    "traceback": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: return 'division' in traceback.format_exc()",
    "warnings": "import warnings\nwarnings.warn('x')\nreturn True",
    "pprint": "import copy, pprint\nreturn pprint.pformat(copy.deepcopy({'a': 1})) == \"{'a': 1}\"",
    "type hints": "from typing import Any, get_type_hints\ndef f(a: int) -> dict[str, Any]: ...\nreturn get_type_hints(f)",
    "ast": "import ast\nreturn ast.literal_eval('[1, 2]') == [1, 2]",
    "eval": "return eval('1 + 1') == 2",
    "big integers": "return len(str(7 ** 4000)) > 3000",
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_it_works(jail: Jail, name: str) -> None:
    body = "\n".join("    " + line for line in BODIES[name].split("\n"))
    result, _ = await jail.code(f"def main():\n  def run():\n{body}\n  return {{'ok': bool(run())}}", {})
    assert result == {"ok": True}
