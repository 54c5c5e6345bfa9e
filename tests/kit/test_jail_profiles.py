"""Sets of packages: what each has, what it says of what it has not, and that no two calls draw the same numbers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from atoll.kit.jail import CodeJails, JailError
from atoll.kit.jail.profiles import read_profiles

pytestmark = pytest.mark.asyncio(loop_scope="module")
DRAWS = """
import numpy as np, random, secrets, uuid
def main(): return {'n': [float(np.random.rand()), random.random(), str(uuid.uuid4()), secrets.token_hex()]}
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jails() -> AsyncIterator[CodeJails]:
    jails = CodeJails({"own": ("colorsys", "wave"), "gone": ("no_such_module",)})
    yield jails
    await jails.stop()


NUMPY = {
    "arrays": "return np.arange(6).reshape(2, 3).sum(axis=0).tolist() == [3, 5, 7]",
    "linear algebra": "return bool(np.allclose(np.linalg.inv(np.diag([2.0, 4.0])), np.diag([0.5, 0.25])))",
    "a large product": "return (np.ones((300, 300)) @ np.ones((300, 300)))[0, 0] == 300",
    "fft": "return bool(np.allclose(np.fft.ifft(np.fft.fft([1, 2, 3])).real, [1, 2, 3]))",
    "polynomials": "return bool(np.allclose(np.polynomial.Polynomial.fit([0, 1, 2], [1, 3, 5], 1)(3), 7))",
    "its generator": "return 0 <= np.random.default_rng().random() < 1 and np.random.default_rng(1).integers(9) == 4",
    "dates": "return str(np.datetime64('2026-01-31') + np.timedelta64(1, 'D')) == '2026-02-01'",
    "text to numbers": "import io\nreturn np.loadtxt(io.StringIO('1,2\\n3,4'), delimiter=',').sum() == 10",
    "quantiles": "return np.quantile([1, 2, 3], 0.5) == 2 and np.histogram([1, 1, 2], bins=2)[0].tolist() == [2, 1]",
    "sorting": "return np.argsort([3, 1, 2]).tolist() == [1, 2, 0] and np.unique([2, 2, 1]).tolist() == [1, 2]",
}
PANDAS = {
    "a table of text": "import io\nreturn pd.read_csv(io.StringIO('a,b\\n1,x\\n2,y')).a.sum() == 3",
    "groups": "return pd.DataFrame({'k': list('aab'), 'v': [1, 2, 3]}).groupby('k').v.sum().to_dict() == {'a': 3, 'b': 3}",
    "joins": "d = pd.DataFrame({'k': [1, 2], 'v': [3, 4]})\nreturn len(d.merge(d, on='k')) == 2",
    "pivots": "return pd.DataFrame({'a': [1, 1], 'b': list('xy'), 'v': [1, 2]}).pivot(index='a', columns='b', values='v').loc[1, 'y'] == 2",
    "time series": "s = pd.Series([1, 2], pd.date_range('2026-01-01', periods=2, freq='h'))\nreturn s.resample('D').sum().iloc[0] == 3",
    "time zones": "return str(pd.Timestamp('2026-07-01', tz='Asia/Shanghai').tz_convert('Europe/Berlin')) == '2026-06-30 18:00:00+02:00'",
    "queries": "return len(pd.DataFrame({'n': [1, 5]}).query('n > 2')) == 1",
    "JSON": "return pd.DataFrame({'a': [1]}).to_json(orient='records') == '[{\"a\":1}]'",
    "what is shown": "return 'mean' in str(pd.DataFrame({'a': [1.0, 2]}).describe())",
    "text methods": "return pd.Series(['Ä b']).str.lower().str.split().iloc[0] == ['ä', 'b']",
    "rolling": "return pd.Series([1, 2, 3]).rolling(2).mean().iloc[-1] == 2.5",
    "categories": "return pd.cut(pd.Series([1, 9]), [0, 5, 10], labels=['low', 'high']).tolist() == ['low', 'high']",
    "with numpy": "return np.asarray(pd.Series([1, 2])).sum() == 3",
}  # fmt: skip


@pytest.mark.parametrize(("packages", "name"), [*(("numpy", n) for n in NUMPY), *(("pandas", n) for n in PANDAS)])
async def test_it_works(jails: CodeJails, packages: str, name: str) -> None:
    body = "\n".join("    " + line for line in (NUMPY if packages == "numpy" else PANDAS)[name].split("\n"))
    imports = "import numpy as np" + ("\nimport pandas as pd" if packages == "pandas" else "")
    source = f"{imports}\ndef main():\n  def run():\n{body}\n  return {{'ok': bool(run())}}"
    assert (await jails.run(source, {}, packages=packages))[0] == {"ok": True}


@pytest.mark.attack("S-47")
async def test_no_two_calls_draw_the_same_numbers(jails: CodeJails) -> None:
    results = await asyncio.gather(*(jails.run(DRAWS, {}, packages="numpy") for _ in range(5)))
    for draws in zip(*(result["n"] for result, _ in results), strict=True):
        assert len(set(draws)) == 5


@pytest.mark.parametrize(
    ("packages", "module", "words"),
    [
        ("standard", "numpy", "the packages “standard” have no module numpy; choose numpy or pandas under “Packages”"),
        ("standard", "torch.nn", "the packages “standard” have no module torch"),
        ("numpy", "pandas", "the packages “numpy” have no module pandas"),
        ("own", "numpy", "the packages “own” have no module numpy"),
        ("standard", "requests", "use http.get(url)"),
        ("standard", "urllib.request", "use http.get(url)"),
    ],
)
async def test_a_module_that_is_not_there(jails: CodeJails, packages: str, module: str, words: str) -> None:
    with pytest.raises(JailError) as caught:
        await jails.run(f"import {module}\ndef main(): return {{}}", {}, packages=packages)
    assert caught.value.code == "code_error" and words in caught.value.message["en"]


async def test_code_may_try_what_may_not_be_there(jails: CodeJails) -> None:
    source = (
        "try:\n    import orjson as json\nexcept ImportError:\n    import json\ndef main(): return {'n': json.__name__}"
    )
    assert (await jails.run(source, {}))[0] == {"n": "json"}


async def test_profiles_of_the_administrator(jails: CodeJails) -> None:
    source = "import wave, colorsys\ndef main(): return {'c': colorsys.rgb_to_hsv(0, 0, 1)[2]}"
    assert (await jails.run(source, {}, packages="own"))[0] == {"c": 1}
    for name, code in (("gone", "code_packages_missing"), ("nowhere", "code_packages_unknown")):
        with pytest.raises(JailError) as caught:
            await jails.run(source, {}, packages=name)
        assert caught.value.code == code and name in caught.value.message["zh"]


async def test_profiles_are_read() -> None:
    assert read_profiles("") == {}
    assert read_profiles(" geo=shapely.*, pyproj ;text=jieba;") == {"geo": ("shapely.*", "pyproj"), "text": ("jieba",)}
    for wrong in ("geo", "geo=", "Geo=x", "numpy=x", "a=x;a=y", "a=os.system('x')", "a=x,,y", "a=../x"):
        with pytest.raises(ValueError, match="profile"):
            read_profiles(wrong)
