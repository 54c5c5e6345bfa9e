"""Names of people, by surnames and the words around them. Weak: it misses names that stand alone, and guesses ends.

A model that knows names is a plugin's to bring.
"""

import re

_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白"
    "孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文温柳葛鲁祝詹章倪殷柯安岑巴柏班包鲍卞卜柴车储楚丛党狄窦樊费符甘耿宫古"
    "关管桂洪花华怀霍姬吉纪季简焦解晋靳景鞠阚匡邝蓝郎冷廉凌娄芦路骆满麦茅梅苗闵明缪宁牛农欧庞裴皮蒲戚齐祁强屈瞿曲全冉饶荣阮芮桑沙单商尚申盛施时舒"
    "司隋谈滕佟童屠宛翁邬巫项萧辛邢幸宣荀晏阳应尤游俞虞喻岳查翟臧甄支仲竺庄卓宗祖左張劉陳楊黃趙吳孫馬羅鄭謝韓鄧馮蕭許葉蘇盧蔣賈陸範鍾譚韋閻賴龔簡"
)
_DOUBLE = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|闻人|长孙|宇文|轩辕|端木|独孤|南宫|西门|仲孙|歐陽|諸葛"
)
_HAN = "[\u4e00-\u9fa5]"
_AFTER = (
    "先生|女士|小姐|老师|老師|教授|博士|医生|醫生|大夫|护士|经理|經理|主任|主管|同志|同学|律师|律師|法官|警官|会计|总监|总经理|董事长"
    "|工程师|师傅|师父|校长|院长|书记|部长|局长|处长|科长|阿姨|叔叔|大姐|大哥"
)
_BEFORE = re.compile(
    r"(?:姓名|名字|联系人|收件人|收货人|寄件人|患者|病人|客户|员工|学生|申请人|负责人|法定代表人|法人|经办人|记录人|受访人|被告|原告"
    r"|付款人|收款人|户名|持卡人|投保人|被保险人|受益人|担保人|监护人|户主|甲方|乙方|签名|签字|司机|领队|班主任|医生|兹证明"
    r"|我叫|名叫|叫做|我是|本人|聯絡人|申請人|投保人|收件者|\"name\"|\"姓名\")"
    r"(?:是|为)?[:\s\uff1a\uff0c,\"“]{0,4}$",
)
_BEFORE_EN = re.compile(
    r"(?:\bname(?: is)?|\bdear|\bcontact|\bpatient|\bcustomer|\bemployee|\bapplicant|\bsigned(?: by)?|\battn|\bauthor"
    r"|\bcardholder|\bbeneficiary|\bpayee|\bpayer|\bguardian|\battendee|\bregards|\bsincerely)[:.,\"]{0,3}\s{0,2}\"?$",
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
