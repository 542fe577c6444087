"""Python client of Kamai.

```python
async with Kamai(onboarding="127.0.0.1:50051", token=token) as kamai:
    reply = await kamai.contractors.GetContractor(GetContractorRequest(id="contractor_..."))
    async for contractor in kamai.pages(kamai.contractors.ListContractors, ListContractorsRequest(country="PK")):
        ...
```
"""

from kamai_client.calls import CallPolicy
from kamai_client.client import AddressMissing, Kamai
from kamai_client.errors import FieldViolation, KamaiClientError, Precondition
from kamai_client.sync import SyncKamai
from kamai_client.tokens import DevTokens

__all__ = [
    "AddressMissing",
    "CallPolicy",
    "DevTokens",
    "FieldViolation",
    "Kamai",
    "KamaiClientError",
    "Precondition",
    "SyncKamai",
]
