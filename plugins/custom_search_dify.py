"""The same contract under the name that other platforms' plugins use: only the import differs."""

from dify_plugin import Input, Node, Output, register_node

GLOSSARY = {
    "ebitda": "Earnings before interest, taxes, depreciation and amortisation.",
    "nav": "Net asset value: what is owned less what is owed, per share.",
    "净息差": "净利息收入与生息资产平均余额之比。",
    "拨备覆盖率": "贷款损失准备与不良贷款余额之比。",
}


def search_engine_api(query, top_k):
    found = [{"term": term, "meaning": meaning} for term, meaning in GLOSSARY.items() if term in query.lower()]
    return found[:top_k]


class CustomSearchNode(Node):
    name = "glossary_search"
    display_name = "术语搜索"
    inputs = [Input(name="query", type="string", required=True)]
    outputs = [Output(name="results", type="list")]

    def invoke(self, input_dict):
        query = input_dict["query"]
        results = search_engine_api(query, top_k=5)
        return {"results": results}


register_node(CustomSearchNode)
