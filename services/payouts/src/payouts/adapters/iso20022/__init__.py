"""Bank files of ISO 20022: payment files out, status reports, statements and returns in."""

from payouts.adapters.iso20022.decode import BankRecord as BankRecord
from payouts.adapters.iso20022.decode import decode as decode
from payouts.adapters.iso20022.decode import stream as stream
from payouts.adapters.iso20022.pain001 import render_payment_file as render_payment_file
from payouts.adapters.iso20022.pain001 import write_payment_file as write_payment_file
from payouts.adapters.iso20022.xml_stream import ReadLimits as ReadLimits
