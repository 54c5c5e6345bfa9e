"""Names of people, by surnames and the words around them. Weak: it misses names that stand alone, and guesses ends.

A model that knows names is a plugin's to bring.
"""

import re

_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文温柳葛鲁祝詹章倪殷柯"
)
_DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒"
_HAN = "[\u4e00-\u9fa5]"
_AFTER = "先生|女士|小姐|老师|教授|医生|大夫|护士|经理|主任|同志|同学|律师|总监|总经理|工程师"
_BEFORE = re.compile(
    r"(?:姓名|名字|联系人|收件人|收货人|患者|客户|员工|申请人|负责人|法定代表人|法人|经办人|被告|原告|我叫|名叫|叫做|我是|本人)"
    r"(?:是|为)?[:\s\uff1a\uff0c,]{0,2}$"
)
_BEFORE_EN = re.compile(
    r"(?:\bname(?: is)?|\bdear|\bcontact|\bpatient|\bcustomer|\bemployee|\bapplicant|\bsigned by|\battn)[:.,]? {0,2}$",
    re.I,
)
_FOLLOWS = re.compile(r"[来的是在于住从电手到和与及,了生男女现已曾]")  # more often a word than the end of a name
PERSON = re.compile(
    rf"(?:{_DOUBLE}|[{_SINGLE}]){_HAN}{{1,2}}"
    r"|(?<![A-Za-z])(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?[A-Z][a-z]{1,15}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,15}){0,2}(?![A-Za-z])"
)
_TITLED = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z]")
_TITLE = re.compile(_AFTER)


def person_end(plain: str, start: int, end: int) -> int | None:
    """Where the name ends that begins at `start`; None where nothing around it says that it is one."""
    before = plain[max(0, start - 16) : start]
    if plain[start].isascii():
        if _TITLED.match(plain, start):
            return end
        return end if " " in plain[start:end] and _BEFORE_EN.search(before) else None
    longest = end
    for at in range(longest, start, -1):
        if _TITLE.match(plain, at):
            return at
    if not _BEFORE.search(before):
        return None
    given = longest - start
    goes_on = "\u4e00" <= plain[longest : longest + 1] <= "\u9fa5"
    return longest - 1 if given >= 3 and goes_on and _FOLLOWS.match(plain[longest - 1]) else longest
