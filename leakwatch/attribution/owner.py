"""Whose app it is: its own domains and companies, each with the evidence for it in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from leakwatch.attribution.companies import Companies
from leakwatch.attribution.hosts import known_registrable, normal_host, suffixes
from leakwatch.model import App

NOBODYS = frozenset(
    {
        "android.com", "google.com", "apple.com", "androidx.org", "github.com", "github.io", "gitlab.com",
        "gitlab.io", "company.com", "mycompany.com", "app.com", "apps.com", "test.com", "demo.com", "myapp.com",
        "wordpress.com", "blogspot.com", "appspot.com", "firebaseapp.com", "web.app", "herokuapp.com", "netlify.app",
        "vercel.app", "amazonaws.com", "aliyuncs.com", "myqcloud.com", "sourceforge.net", "f-droid.org", "gmail.com",
        "qq.com", "163.com", "outlook.com", "hotmail.com", "foxmail.com", "unity3d.com", "uniapp.com", "dcloud.io",
        "appmakr.com",
    }
)  # fmt: skip
"""Domains that package names borrow without belonging to them: code-generators', hosters' and mail providers'."""


@dataclass(slots=True)
class Owner:
    """The app's own domains (domain -> evidence) and companies (id -> evidence)."""

    package: str = ""
    company: str = ""
    domains: dict[str, str] = field(default_factory=dict)
    package_domain: str = ""
    companies: dict[str, str] = field(default_factory=dict)

    def domain_of(self, host: str) -> str:
        """Return the first-party domain of the profile that the host lies under, or ''."""
        return next((d for d in suffixes(host) if d in self.domains), "") if self.domains else ""

    def under_package_domain(self, host: str) -> bool:
        """Tell whether the host lies under the domain that the package name spells backwards."""
        domain = self.package_domain
        return bool(domain) and (host == domain or host.endswith("." + domain))


def package_domain(package: str) -> str:
    """Return the registrable domain that a package name spells backwards (`com.example.app`: example.com), or ''.

    Generic names, bare public suffixes and endings that are no top-level domain give ''.
    """
    labels = package.lower().removeprefix("air.").split(".")[:8]
    if len(labels) < 2 or not all(labels):
        return ""
    host = normal_host(".".join(reversed(labels)).replace("_", "-"))
    domain = known_registrable(host)
    return "" if domain in NOBODYS else domain


def owner_of(app: App | None, companies: Companies, site: Callable[[str], str]) -> Owner:
    """Work out who owns the app; `site` gives the company that claims a host as its own site, or ''."""
    if app is None:
        return Owner()
    owner = Owner(app.package, app.company)
    for text in app.first_party_domains:
        domain = normal_host(text.strip().lstrip("*."))
        if domain:
            owner.domains[domain] = f"{domain} is a first-party domain in the device profile"
    for company in companies.named(app.company) if app.company else ():
        owner.companies.setdefault(company, "the device profile names it as the app's company")
    for domain in owner.domains:
        company = site(domain)
        if company:
            owner.companies.setdefault(company, f"its domain {domain} is a first-party domain in the device profile")
    owner.package_domain = package_domain(app.package)
    for company in companies.of_package(app.package):
        why = f"the package name {app.package} begins as its own apps' do (weaker evidence)"
        owner.companies.setdefault(company, why)
    if owner.package_domain and not owner.companies:
        company = site(owner.package_domain)
        if company:
            owner.companies[company] = f"the package name {app.package} spells its domain backwards (weaker evidence)"
    return owner
