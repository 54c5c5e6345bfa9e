"""An example plugin: one node in one file. It searches a small list of notices that it carries with itself.

Put the file into the plugin folder (ATOLL_PLUGINS) and the node appears in the palette.
"""

from atoll.sdk import Input, Node, Output, register_node

NOTICES = [
    {"title": "Northwater Cable Group: capital markets day on 21 January 2027", "source": "calendar"},
    {"title": "Harbourline Logistics REIT: results for 2026 on 18 February 2027", "source": "calendar"},
    {"title": "澜海储能：三号工厂计划2027年三季度投产", "source": "调研纪要"},
    {"title": "朔方微电：二期工厂开放日定于2027年4月15日", "source": "calendar"},
    {"title": "江岸银行：首次中期分红，分红率30%", "source": "公告"},
    {"title": "Rating definitions, version 7, valid from 1 July 2026", "source": "methods"},
]


def search(query, top_k):
    """The notices that share most letters or two-letter groups with the question, best first."""
    text = query.lower()
    grams = {text[i : i + 2] for i in range(len(text) - 1)} - {"  "}
    scored = [(sum(gram in notice["title"].lower() for gram in grams), notice) for notice in NOTICES]
    ranked = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return [{**notice, "score": score} for score, notice in ranked[:top_k]]


class CustomSearchNode(Node):
    name = "custom_search"
    display_name = "自定义搜索引擎"
    inputs = [Input(name="query", type="string", required=True)]
    outputs = [Output(name="results", type="list")]

    def invoke(self, input_dict):
        query = input_dict["query"]
        results = search(query, top_k=5)
        return {"results": results}


register_node(CustomSearchNode)
