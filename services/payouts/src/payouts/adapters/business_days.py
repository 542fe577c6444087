"""Days on which banks settle a currency.

From the `holidays` package: the settlement system's own calendar where it has one (TARGET for EUR, Fedwire for USD), else the
public holidays of the currency's country; Saturday and Sunday are never business days. Future Islamic holidays are estimates.
A currency without a calendar has weekends only: the bank itself rolls the day on then.
"""

from datetime import date, timedelta

import holidays

_SETTLEMENT = {"EUR": "TAR", "USD": "FED"}
_COUNTRIES = {
    "GBP": "GB", "PKR": "PK", "INR": "IN", "AED": "AE", "PHP": "PH", "NGN": "NG", "BRL": "BR", "KES": "KE", "CHF": "CH",
    "JPY": "JP", "CAD": "CA", "AUD": "AU", "SEK": "SE", "NOK": "NO", "DKK": "DK", "PLN": "PL", "SGD": "SG", "ZAR": "ZA",
    "SAR": "SA", "BDT": "BD", "EGP": "EG", "MXN": "MX", "KWD": "KW",
}  # fmt: skip
_SATURDAY = 5


class BusinessDays:
    def __init__(self) -> None:
        self._calendars: dict[str, holidays.HolidayBase] = {}

    def next_business_day(self, currency: str, day: date) -> date:
        """`day` itself when it is one."""
        while day.weekday() >= _SATURDAY or day in self._calendar(currency):
            day += timedelta(days=1)
        return day

    def add_business_days(self, currency: str, day: date, count: int) -> date:
        for _ in range(count):
            day = self.next_business_day(currency, day + timedelta(days=1))
        return day

    def _calendar(self, currency: str) -> holidays.HolidayBase:
        if currency not in self._calendars:
            if currency in _SETTLEMENT:
                self._calendars[currency] = holidays.financial_holidays(_SETTLEMENT[currency])
            elif currency in _COUNTRIES:
                self._calendars[currency] = holidays.country_holidays(_COUNTRIES[currency])
            else:
                self._calendars[currency] = holidays.HolidayBase()
        return self._calendars[currency]
