"""Settings of every process, driven by the environment; docs/configuration.md lists the variables."""

from __future__ import annotations

import os
from pathlib import Path

from celery.schedules import schedule
from csp.constants import NONCE, NONE, SELF

from annotator.config import environment as env

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("WINNOW_DATA_DIR", BASE_DIR / "var"))
VERSION = "0.1.0"
SOURCE_URL = os.environ.get("WINNOW_SOURCE_URL", "https://github.com/winnow-labels/winnow")

DEBUG = env.flag("WINNOW_DEBUG", False)
SECRET_KEY = env.secret_key(DATA_DIR)
ALLOWED_HOSTS = env.words("WINNOW_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("WINNOW_ORIGINS", [])
HTTPS = env.flag("WINNOW_HTTPS", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "annotator.apps.AnnotatorConfig",
    "prelabel.apps.PrelabelConfig",
    "compression.apps.CompressionConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "annotator.config.urls"
WSGI_APPLICATION = "annotator.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "annotator" / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

DATABASES = {"default": env.database(os.environ.get("DATABASE_URL", "postgresql:///winnow"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
        "KEY_PREFIX": os.environ.get("WINNOW_CACHE_PREFIX", "winnow"),
    }
}

AUTH_USER_MODEL = "annotator.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]

# Blobs are named by their sha256 (annotator/storage.py); S3 needs django-storages and these two variables.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
FRONTEND_DIST = Path(os.environ.get("WINNOW_FRONTEND_DIST", BASE_DIR / "frontend" / "dist"))
STATICFILES_DIRS = [("app", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "blobs"), "file_permissions_mode": 0o644},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/app/assets/.+-[\w-]{8}\.\w+$"

CSRF_FAILURE_VIEW = "annotator.api.problems.csrf_failed"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("WINNOW_BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["annotator.api.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["annotator.api.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotator.api.parsing.StrictJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "annotator.api.parsing.AlwaysJson",
    "EXCEPTION_HANDLER": "annotator.api.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "annotator.api.schema.ProblemSchema",
    "DEFAULT_THROTTLE_RATES": {
        "login": os.environ.get("WINNOW_LOGIN_RATE", "10/min"),
        "login_address": "100/min",
        "assist": os.environ.get("WINNOW_ASSIST_RATE", "240/min"),  # proposals of one person
    },
    # X-Forwarded-For is anybody's claim unless our own proxy wrote it; throttles count by it.
    "NUM_PROXIES": 1 if env.flag("WINNOW_BEHIND_PROXY", False) else 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Winnow",
    "DESCRIPTION": "Errors are `{code, message, details}`; writes on what others may change carry `If-Match`.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "ENUM_NAME_OVERRIDES": {"TriggerEnum": "prelabel.core.triggers.SLUGS"},
}

# Sizes and limits. Every one is named in the error that it causes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
UPLOAD_MAX_BYTES = int(env.number("WINNOW_UPLOAD_MAX_MB", 4096) * 2**20)
MODEL_MAX_BYTES = int(env.number("WINNOW_MODEL_MAX_MB", 512) * 2**20)
MAX_PIXELS = int(env.number("WINNOW_MAX_MEGAPIXELS", 50) * 1e6)
IMPORT_ROOT = os.environ.get("WINNOW_IMPORT_ROOT")  # server-side folders may be imported from below this one

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # the Run row is the truth; the message only a bell (DESIGN: runs)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "io"
# A prefix keeps two installations (or a test run beside a real one) apart on one Redis.
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": os.environ.get("WINNOW_QUEUE_PREFIX", "winnow:")}

RUN_LEASE_S = env.number("WINNOW_RUN_LEASE_S", 30)
RUN_HEARTBEAT_S = env.number("WINNOW_RUN_HEARTBEAT_S", 10)
RUN_MAX_ATTEMPTS = 3  # tries without progress
RUN_REPORT_S = env.number("WINNOW_RUN_REPORT_S", 0.5)  # progress is for people; more often is load without use
RUN_RERING_S = env.number("WINNOW_RUN_RERING_S", 15)
RUNTIME_MEASURE_S = env.number("WINNOW_MEASURE_S", 4.0)  # for each new model on a machine; 0: none
DEVICE_SEEN_S = env.number("WINNOW_DEVICE_SEEN_S", 60)  # how often a worker says that its machine lives
WORK_LEASE_S = env.number("WINNOW_WORK_LEASE_S", 15 * 60)
# Work folders of ended runs, and models that were never deployed, go after these days; 0 keeps everything.
KEEP_RUNS_DAYS = env.number("WINNOW_KEEP_RUNS_DAYS", 30)
KEEP_MODELS = int(env.number("WINNOW_KEEP_MODELS", 50))  # the newest of each project stay, whatever their age
# Experiment tracking (the extra `mlflow`): an MLflow server or store that trainings are told to; none = off.
MLFLOW_URI = os.environ.get("WINNOW_MLFLOW_URI") or None
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "annotator.tasks.sweep",
        "schedule": schedule(run_every=env.number("WINNOW_SWEEP_S", 5)),
        "options": {"queue": "io", "expires": 30},
    },
    "retrain triggers": {
        "task": "prelabel.tasks.check_triggers",
        "schedule": schedule(run_every=env.number("WINNOW_TRIGGERS_S", 300)),
        "options": {"queue": "io", "expires": 300},
    },
    "clean": {
        "task": "compression.tasks.clean_artifacts",
        "schedule": schedule(run_every=24 * 3600),
        "options": {"queue": "io", "expires": 3600},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("WINNOW_LOG_LEVEL", "INFO")},
    "loggers": {"faster_coco_eval": {"level": "WARNING"}},  # six lines for each evaluation say nothing
}
