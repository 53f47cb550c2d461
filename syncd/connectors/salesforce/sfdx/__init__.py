"""The folder an org's admin deploys: fields, permissions, views, reports. No calls."""

from syncd.connectors.salesforce.sfdx.folder import destructive, source
from syncd.connectors.salesforce.sfdx.org import Org

__all__ = ["Org", "destructive", "source"]
