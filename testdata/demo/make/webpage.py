"""Wraps a fragment as the page of an intranet: navigation and foot around the text."""
import fragment

STYLE = ("body{font:16px/1.5 sans-serif;max-width:52rem;margin:0 auto;padding:1rem}"
         "nav{border-bottom:1px solid #888}table{border-collapse:collapse}"
         "td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left}")


def build(head, body):
    """HTML bytes of a source; navigation lines and script are there as a real page has them."""
    lang = head["lang"]
    links = "".join(f'<li><a href="#">{x}</a></li>' for x in head["nav"].split(" | "))
    page = (f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
            f'<title>{head["title"]}</title>\n<style>{STYLE}</style>\n'
            '<script>document.documentElement.className="js";</script>\n</head>\n<body>\n'
            f'<nav><ul>{links}</ul></nav>\n<main>\n{body.strip()}\n</main>\n'
            f'<footer><p>{head["foot"]}</p></footer>\n</body>\n</html>\n')
    return fragment.typeset_markup(page, lang).encode("utf-8")
