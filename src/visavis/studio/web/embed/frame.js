// The page in a frame: its address has the token after #, where it stays in the browser.

import "/embed.js";

const token = location.hash.slice(1), embed = document.createElement("visavis-embed");
history.replaceState(null, "", location.pathname);
embed.setAttribute("token", token);
embed.setAttribute("name", document.documentElement.dataset.name ?? "");
embed.className = "whole";
document.body.append(embed);
