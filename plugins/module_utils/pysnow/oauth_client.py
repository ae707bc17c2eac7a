# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pysnow's module of this name."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient

__all__ = ["OAuthClient"]
