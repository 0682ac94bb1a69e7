"""Every setting of the application: its name, its default, what it means, what is refused."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .refusal import N_

MODES = ("development", "production")
# How a meal may be paid when it is handed over.
MEANS = {
    "cash": N_("cash"),
    "card": N_("bank card"),
    "voucher": N_("meal vouchers"),
    "cheque": N_("cheque"),
}
LEAST_SECRET, LEAST_LETTERS = 32, 10  # characters, and different ones among them
# Numbers that belong to nobody, for films and examples (ARCEP, décision 2018-0881, 2.5.12).
FICTITIOUS = re.compile(r"(?:\+33|0)(?:19900|26191|35301|46571|53649|63998)[0-9]{4}")
EXAMPLE = re.compile(r"\.(?:example|invalid|test|localhost)$|@example\.(?:com|net|org)$")


class WrongSetting(Exception):
    """The start is refused; the sentence names the setting and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; each is read from LOCOMOTIVE_<NAME>."""

    mode: str = "development"  # or "production": https only, no demonstration database
    secret_key: str = ""  # signs cookies and links; in production 32 random characters or more
    instance: Path = Path("instance")  # folder of the database and the jobs
    files_folder: Path = Path()  # of photos, papers and the like: the instance folder; on several
    # machines a mount that all of them have, at the same path
    database_url: str = ""  # default: SQLite in the instance folder; postgresql://… is accepted
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    public_url: str = "http://127.0.0.1:8000"  # what links in mails begin with; its port is $PORT
    mail_url: str = "folder:"  # "folder:" writes mails to files; smtp://user:password@host:port
    mail_from: str = "commandes@locomotive.example"
    push_key: str = ""  # signs what is told to phones; made by `flask --app wsgi push-key`
    sms_url: str = (
        ""  # "folder:" writes to files; https://…?to={phone}&message={text}; none: no SMS
    )
    menu_mail_day: int = 1  # of the weekly mail with the menus: 1 Monday … 7 Sunday; 0: none
    restaurant_name: str = "La Locomotive"
    restaurant_address: str = "Oignies (62590)"
    restaurant_phone: str = "03 53 01 00 62"
    restaurant_email: str = "bonjour@locomotive.example"
    restaurant_company: str = ""  # legal form, registration and VAT number, for the notices
    restaurant_siret: str = ""  # fourteen digits: purchases for ma-cantine name the house by it
    restaurant_host: str = ""  # who hosts the site (name, address, phone), for the notices
    restaurant_means: tuple[str, ...] = ("cash", "card")  # accepted: also "voucher", "cheque"
    restaurant_mediator: str = ""  # the consumer mediator (name, address, site), for the notices
    latitude: float = 50.4658  # of the kitchen, where every round starts: set your own
    longitude: float = 2.9968
    zone_km: float = 5.0  # deliveries go no further, as the crow flies
    planner_seconds: float = 10.0  # time limit of one plan of rounds
    compiled_answers: int = 1  # 0: the checkout does without the compiled search, 110 MB less
    orders_per_hour: int = 600  # from one network address: a whole company may share one
    second_factor: int = 0  # 1: a manager's account must have one, and is led to lay it
    read_token: str = ""  # who knows it reads the farm's linked data; without it: nobody
    log_format: str = "plain"  # or "json": one object a line, without personal data
    metrics_token: str = ""  # what Prometheus shows at /metrics; without it: this machine alone
    backup_folder: Path = Path("backups")  # below the instance folder; a mount: its whole path
    backup_key: str = ""  # encrypts backups; made by `flask --app wsgi backup --new-key`
    backup_days: int = 7  # the last backup of each of so many days is kept,
    backup_weeks: int = 4  # of so many weeks,
    backup_months: int = 12  # and of so many months
    # An OpenStreetMap extract (.osm.pbf) that covers the zone, with its .md5 beside it if there is
    # one, and the files of the Base Adresse Nationale; file: and http: for a mirror of your own.
    streets_url: str = (
        "https://download.geofabrik.de/europe/france/nord-pas-de-calais-latest.osm.pbf"
    )
    addresses_url: str = (
        "https://adresse.data.gouv.fr/data/ban/adresses/latest/csv/adresses-{department}.csv.gz"
    )
    departments: tuple[str, ...] = ("62", "59")  # those that the zone touches
    town_days: int = 0  # how often the worker fetches them anew, such as 30; 0: only when asked
    box_deposit_cents: int = 0  # what a box is worth that a place keeps or loses; 0: no deposit
    proof_codes: int = 0  # 1: whoever gets a delivery tells the rider a code, kept for 30 days
    proxies: int = 0  # how many reverse proxies stand in front and write X-Forwarded-For

    @property
    def is_production(self) -> bool:
        return self.mode == "production"

    @property
    def depot(self) -> tuple[float, float]:
        """Latitude and longitude of the kitchen, in degrees."""
        return self.latitude, self.longitude

    @property
    def files(self) -> Path:
        """Where photos, voices, notes, papers, price files, the map and the like are kept."""
        return self.instance / self.files_folder

    @property
    def backup_home(self) -> Path:
        """Where backups are kept."""
        return self.instance / self.backup_folder

    @property
    def uses_postgresql(self) -> bool:
        return self.database_url.startswith("postgresql")


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read LOCOMOTIVE_* variables.

    Raises WrongSetting with one sentence for an unknown name, a value that makes no sense, or
    a production mode that lacks what it needs.
    """
    known = {f"LOCOMOTIVE_{f.name.upper()}": f for f in fields(Settings)}
    values: dict[str, Any] = {}
    if environ.get("PORT"):
        values["public_url"] = f"http://127.0.0.1:{environ['PORT']}"
    for name, text in environ.items():
        if not name.startswith("LOCOMOTIVE_"):
            continue
        if name not in known:
            raise WrongSetting(f"{name} is not a setting; the settings are in settings.py.")
        field = known[name]
        values[field.name] = _parsed(name, text.strip(), field.default)
    return _checked(_completed(Settings(**values)))


def _parsed(name: str, text: str, default: object) -> object:
    if isinstance(default, float):
        try:
            number = float(text)
        except ValueError:
            raise WrongSetting(f"{name} must be a number, not {text!r}.") from None
        if number != number or abs(number) == float("inf"):
            raise WrongSetting(f"{name} must be a number, not {text!r}.")
        return number
    if isinstance(default, int):
        if not (text.isascii() and text.isdigit()):
            raise WrongSetting(f"{name} must be a whole number, not {text!r}.")
        return int(text)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, Path):
        return Path(text)
    return text


def _completed(settings: Settings) -> Settings:
    """Fill what has no fixed default: the instance folder, the database, a local secret."""
    values = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    values["instance"] = settings.instance.absolute()
    if not settings.database_url:
        values["database_url"] = f"sqlite:///{values['instance'] / 'locomotive.db'}"
    if not settings.secret_key and settings.mode == "development":
        values["secret_key"] = _local_secret(values["instance"])
    return Settings(**values)


def _local_secret(instance: Path) -> str:
    """A secret of this checkout, made once: sign-ins survive a restart, nothing is shared."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def is_constant(secret: str) -> bool:
    """Whether a secret is too short, repeats itself, or has few different characters."""
    repeats = any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1))
    return len(secret) < LEAST_SECRET or len(set(secret)) < LEAST_LETTERS or repeats


def _checked(settings: Settings) -> Settings:
    s = settings
    scheme = urlsplit(s.database_url).scheme
    mail_scheme = urlsplit(s.mail_url).scheme
    public = urlsplit(s.public_url)
    wrong = {
        f"LOCOMOTIVE_MODE must be one of {', '.join(MODES)}, not {s.mode!r}.": s.mode not in MODES,
        "LOCOMOTIVE_DATABASE_URL must start with sqlite:/// or postgresql://.": (
            scheme not in ("sqlite", "postgresql", "postgresql+psycopg")
        ),
        "LOCOMOTIVE_MAIL_URL must be folder: or smtp://host:port.": (
            mail_scheme not in ("folder", "smtp", "smtps")
        ),
        "LOCOMOTIVE_MENU_MAIL_DAY must lie between 0 and 7.": s.menu_mail_day > 7,
        "LOCOMOTIVE_PUSH_KEY must be a key of `flask --app wsgi push-key`.": (
            bool(s.push_key) and not re.fullmatch(r"[A-Za-z0-9_-]{43}", s.push_key)
        ),
        "LOCOMOTIVE_SMS_URL must be folder: or https://…, with {phone} and {text} in its query.": (
            not is_sms_url(s.sms_url)
        ),
        "LOCOMOTIVE_PUBLIC_URL must be an address such as https://example.org.": (
            public.scheme not in ("http", "https") or not public.netloc
        ),
        "LOCOMOTIVE_MAIL_FROM must be an e-mail address.": (
            not re.fullmatch(r"[^@\s]+@[^@\s]+", s.mail_from)
        ),
        "LOCOMOTIVE_TRUSTED_HOSTS names no host: list the names that the site answers to.": (
            not s.trusted_hosts
        ),
        "LOCOMOTIVE_TRUSTED_HOSTS may not hold a bare '*'.": "*" in s.trusted_hosts,
        f"LOCOMOTIVE_RESTAURANT_MEANS must be some of {', '.join(MEANS)}.": (
            not s.restaurant_means or not set(s.restaurant_means) <= set(MEANS)
        ),
        "LOCOMOTIVE_LATITUDE must lie between -90 and 90.": not -90 <= s.latitude <= 90,
        "LOCOMOTIVE_LONGITUDE must lie between -180 and 180.": not -180 <= s.longitude <= 180,
        "LOCOMOTIVE_ZONE_KM must lie between 0.1 and 50.": not 0.1 <= s.zone_km <= 50,
        "LOCOMOTIVE_PLANNER_SECONDS must lie between 0.1 and 600.": (
            not 0.1 <= s.planner_seconds <= 600
        ),
        "LOCOMOTIVE_BACKUP_DAYS must be 1 or more.": s.backup_days < 1,
        "LOCOMOTIVE_BACKUP_KEY must be a key of `flask --app wsgi backup --new-key`.": (
            bool(s.backup_key) and not re.fullmatch(r"AGE-SECRET-KEY-1[A-Z0-9]{58}", s.backup_key)
        ),
        "LOCOMOTIVE_STREETS_URL must start with https://, http:// or file:.": (
            urlsplit(s.streets_url).scheme not in ("https", "http", "file")
        ),
        "LOCOMOTIVE_ADDRESSES_URL must start with https://, http:// or file:, and hold "
        "{department}.": (
            urlsplit(s.addresses_url).scheme not in ("https", "http", "file")
            or "{department}" not in s.addresses_url
        ),
        "LOCOMOTIVE_DEPARTMENTS must be departments such as 62,59.": (
            not s.departments
            or not all(re.fullmatch(r"\d{2,3}|2[AB]", code) for code in s.departments)
        ),
        "LOCOMOTIVE_SECOND_FACTOR must be 0 or 1.": s.second_factor > 1,
        "LOCOMOTIVE_LOG_FORMAT must be plain or json.": s.log_format not in ("plain", "json"),
        "LOCOMOTIVE_PROXIES must lie between 0 and 5.": s.proxies > 5,
    }
    if s.is_production:
        wrong |= _wrong_in_production(s)
    for sentence, is_wrong in wrong.items():
        if is_wrong:
            raise WrongSetting(sentence)
    return s


def is_sms_url(url: str) -> bool:
    """Whether SMS can be sent so: not at all, to a folder, or as a provider's form."""
    parts = urlsplit(url)
    is_form = parts.scheme == "https" and bool(parts.hostname)
    has_places = "{phone}" in parts.query and "{text}" in parts.query
    return url in ("", "folder:") or (is_form and has_places)


def is_open_mail(mail_url: str) -> bool:
    """Whether mails would cross a network in the clear; with a user, STARTTLS comes first."""
    server = urlsplit(mail_url)
    is_here = server.hostname in ("localhost", "127.0.0.1", "::1")
    return server.scheme == "smtp" and not server.username and not is_here


def _wrong_in_production(s: Settings) -> dict[str, bool]:
    """What a restaurant that is open may not be run with, sentence by sentence."""
    public = urlsplit(s.public_url)
    phone = re.sub(r"[\s.-]|\(0\)", "", s.restaurant_phone)
    return {
        "LOCOMOTIVE_SECRET_KEY must be set in production: 32 random characters or more.": (
            is_constant(s.secret_key)
        ),
        "LOCOMOTIVE_PUBLIC_URL must start with https:// in production.": public.scheme != "https",
        "LOCOMOTIVE_MAIL_URL must name a mail server in production, not a folder.": (
            urlsplit(s.mail_url).scheme == "folder"
        ),
        "LOCOMOTIVE_SMS_URL must name a provider in production, not a folder.": (
            s.sms_url == "folder:"
        ),
        "LOCOMOTIVE_MAIL_URL without a user must be smtps:// or a server on this machine: else "
        "anyone on the way reads the mails.": is_open_mail(s.mail_url),
        "LOCOMOTIVE_TRUSTED_HOSTS must hold the host of LOCOMOTIVE_PUBLIC_URL.": (
            public.hostname not in s.trusted_hosts
        ),
        "LOCOMOTIVE_MAIL_FROM must be your own address: that of the demonstration is nobody's.": (
            bool(EXAMPLE.search(s.mail_from))
        ),
        "LOCOMOTIVE_RESTAURANT_PHONE must be your own number: this one is nobody's.": (
            not phone or bool(FICTITIOUS.fullmatch(phone))
        ),
        "LOCOMOTIVE_RESTAURANT_EMAIL must be your own address: this one is nobody's.": (
            "@" not in s.restaurant_email or bool(EXAMPLE.search(s.restaurant_email))
        ),
        "LOCOMOTIVE_METRICS_TOKEN must have 16 characters or more, or none at all.": (
            0 < len(s.metrics_token) < 16
        ),
        "LOCOMOTIVE_READ_TOKEN must have 16 characters or more, or none at all.": (
            0 < len(s.read_token) < 16
        ),
        "LOCOMOTIVE_RESTAURANT_COMPANY, _HOST and _MEDIATOR must be set in production: the "
        "legal notice needs them.": (
            not (s.restaurant_company and s.restaurant_host and s.restaurant_mediator)
        ),
        "Do not run as root in production: start it as a user of its own.": os.geteuid() == 0,
    }
