export default function (config) {
  config.addFilter("contents", html =>
    [...html.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map((found, at) => `<li><a href="#h${at + 1}">${found[1]}</a></li>`).join(""));
  config.addFilter("anchored", html => { let at = 0; return html.replace(/<h2>/g, () => `<h2 id="h${++at}">`); });
  config.addFilter("day", date => date.toISOString().slice(0, 10));
  config.addCollection("years", api => {
    const years = new Map();
    for (const page of api.getFilteredByTag("policies").reverse()) {
      years.set(page.data.year, [...(years.get(page.data.year) || []), page]);
    }
    return [...years].map(([year, pages]) => ({ year, pages }));
  });
  return { dir: { input: "content", includes: "../templates", output: "site" }, markdownTemplateEngine: false };
}
