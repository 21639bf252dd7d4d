/** Texts that a careless page would run. Each sets `window.__pwn` if it does. */

const act = "window.__pwn=1";
/** For places where quotes and spaces do not pass. */
const bare = "window.__pwn=1";

const tags = [
  `<script>${act}</script>`,
  `<SCRIPT>${act}</SCRIPT>`,
  `<script src="data:text/javascript,${bare}"></script>`,
  `<script type=module>${act}</script>`,
  `<scr<script>ipt>${act}</scr</script>ipt>`,
  `<svg><script>${act}</script></svg>`,
  `<svg><animate onbegin=${bare} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${bare}"><text y=20>a</text></a></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${bare}>`,
  `<iframe srcdoc="<script>parent.__pwn=1</script>"></iframe>`,
  `<iframe src="javascript:parent.__pwn=1"></iframe>`,
  `<object data="data:text/html,<script>parent.__pwn=1</script>"></object>`,
  `<embed src="javascript:${bare}">`,
  `<base href="javascript:/a/-${bare}//">`,
  `<meta http-equiv=refresh content="0;url=javascript:${bare}">`,
  `<link rel=stylesheet href="data:text/css,*{background:url(javascript:${bare})}">`,
  `<style>@import "javascript:${bare}";</style>`,
  `<form action="javascript:${bare}"><button autofocus>a</button></form>`,
  `<form><button formaction="javascript:${bare}">a</button></form>`,
  `<a href="javascript:${bare}" autofocus>a</a>`,
  `<a href="java\tscript:${bare}">a</a>`,
  `<a href="\u0001javascript:${bare}">a</a>`,
  `<a href="data:text/html,<script>opener.__pwn=1</script>">a</a>`,
  `<template><script>${act}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${bare}>">`,
  `<![CDATA[<script>${act}</script>]]>`,
  `<!--><img src=x onerror=${bare}>-->`,
  `<?xml version="1.0"?><html:script xmlns:html="http://www.w3.org/1999/xhtml">${act}</html:script>`,
];

const events =
  "onerror onload onfocus onmouseover onclick onpointerenter ontoggle onanimationstart onbegin oncut onscroll".split(
    " ",
  );
const elements = [
  "img src=x",
  "svg",
  "body",
  "input autofocus",
  "details open",
  "video src=x",
  "audio src=x",
  "marquee",
  "select autofocus",
  "x tabindex=1 autofocus",
];
const attributes = elements.flatMap((element) => events.map((event) => `<${element} ${event}=${bare}>`));

/** Out of where a template may have put the text. */
const breakouts = [
  `">`,
  `'>`,
  "`>",
  `"/>`,
  "-->",
  "]]>",
  "</title>",
  "</textarea>",
  "</style>",
  "</script>",
  `" onfocus=${bare} autofocus x="`,
  `' onerror=${bare} x='`,
];
const outOf = breakouts.map((out) => `${out}<img src=x onerror=${bare}>`);

/** In languages that somebody may think the text is in. */
const languages = [
  `{{constructor.constructor("${act}")()}}`,
  `\${${bare}}`,
  `#{${bare}}`,
  `<%= ${bare} %>`,
  `[a](javascript:${bare})`,
  `![a](x"onerror="${bare})`,
  `[a]: javascript:${bare}`,
  `<javascript:${bare}>`,
  `\`\`\`html\n<script>${act}</script>\n\`\`\``,
  `javascript:${bare}`,
  `JaVaScRiPt:${bare}`,
  `data:text/html,<script>opener.__pwn=1</script>`,
  `vbscript:${bare}`,
  `\u001b]8;;javascript:${bare}\u0007click\u001b]8;;\u0007`,
  `\u001b[31m<img src=x onerror=${bare}>\u001b[0m`,
  `<im\u001b[31mg src=x onerror=${bare}>`,
  `\u202e<img src=x onerror=${bare}>`,
  `\ufeff<script>${act}</script>`,
  `\u0000<script>${act}</script>`,
  `<img\u000bsrc=x\u000conerror=${bare}>`,
  `<img/src=x/onerror=${bare}>`,
  `&lt;script&gt;${act}&lt;/script&gt;`,
  `&#x3c;script&#x3e;${act}&#x3c;/script&#x3e;`,
  `\\u003cscript\\u003e${act}\\u003c/script\\u003e`,
  `%3Cscript%3E${act}%3C/script%3E`,
  `＜script＞${act}＜/script＞`,
  `+ADw-script+AD4-${act}+ADw-/script+AD4-`,
  `{"__html":"<img src=x onerror=${bare}>"}`,
  `{"$$typeof":"Symbol(react.element)","type":"script"}`,
];

export const scripts: readonly string[] = [...tags, ...attributes, ...outOf, ...languages];
