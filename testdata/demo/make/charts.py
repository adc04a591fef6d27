"""Draws the small figures of reports as inline SVG.

<bars title="…" data="A:12,B:9"/> and <curve title="…" data="…"/> become a figure with a caption;
the labels and values stay selectable text in the PDF.
"""
import re

INK, SOFT = "#12395b", "#7fa3c0"
W, H, LEFT, BASE = 640, 176, 46, 146


def axis(top):
    """Four grid lines with their values."""
    out = []
    for i in range(5):
        y = BASE - i * (BASE - 16) / 4
        out.append(f'<line x1="{LEFT}" x2="{W}" y1="{y:.0f}" y2="{y:.0f}" stroke="#cdd5dc"/>'
                   f'<text x="{LEFT - 6}" y="{y + 4:.0f}" font-size="11" text-anchor="end">'
                   f'{top * i / 4:.0f}</text>')
    return "".join(out)


def points(data):
    return [(k, float(v)) for k, v in (x.split(":") for x in data.split(","))]


def ceiling(values):
    """A round value above all the others."""
    step = 10 ** (len(str(int(max(values)))) - 1)
    return (int(max(values) / step) + 1) * step


def label(x, name):
    return f'<text x="{x:.0f}" y="{BASE + 18}" font-size="11" text-anchor="middle">{name}</text>'


def bars(data):
    pts = points(data)
    top, slot = ceiling([v for _, v in pts]), (W - LEFT) / len(pts)
    out = [axis(top)]
    for i, (name, v) in enumerate(pts):
        h, x = v / top * (BASE - 16), LEFT + slot * (i + .5)
        out.append(f'<rect x="{x - slot * .31:.1f}" y="{BASE - h:.1f}" width="{slot * .62:.1f}" '
                   f'height="{h:.1f}" fill="{SOFT}"/><text x="{x:.0f}" y="{BASE - h - 4:.0f}" '
                   f'font-size="10" text-anchor="middle">{v:g}</text>' + label(x, name))
    return "".join(out)


def curve(data):
    pts = points(data)
    top, slot = ceiling([v for _, v in pts]), (W - LEFT) / len(pts)
    at = [(LEFT + slot * (i + .5), BASE - v / top * (BASE - 16)) for i, (_, v) in enumerate(pts)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{INK}"/>' for x, y in at)
    names = "".join(label(x, n) for (x, _), (n, _) in zip(at, pts))
    return f'{axis(top)}<polyline points="{line}" fill="none" stroke="{INK}" stroke-width="2"/>{dots}{names}'


def figure(m):
    draw = {"bars": bars, "curve": curve}[m.group(1)](m.group(3))
    return (f'<figure><svg viewBox="0 0 {W} {H}" width="100%">{draw}</svg>'
            f'<figcaption>{m.group(2)}</figcaption></figure>')


def expand(body):
    """Replaces every <bars …/> and <curve …/> of a fragment."""
    return re.sub(r'<(bars|curve) title="([^"]*)" data="([^"]*)"/>', figure, body)
